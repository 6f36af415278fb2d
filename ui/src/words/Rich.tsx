import type { ReactNode } from 'react';

/** Words of the catalogue that carry marks: `<b>`, `<code>`, `<em>`. Nothing else is a mark, and nothing is parsed as HTML. */
export function Rich({ text }: { text: string }) {
  return <>{parseRich(text)}</>;
}

const MARKS = /<(b|code|em)>(.*?)<\/\1>/g;

export function parseRich(text: string): ReactNode[] {
  const out: ReactNode[] = [];
  let from = 0;
  for (const match of text.matchAll(MARKS)) {
    const [whole, mark, inner] = match;
    if (match.index > from) out.push(text.slice(from, match.index));
    const key = match.index;
    if (mark === 'b')
      out.push(
        <strong key={key} className="strong">
          {inner}
        </strong>,
      );
    else if (mark === 'code') out.push(<code key={key}>{inner}</code>);
    else out.push(<em key={key}>{inner}</em>);
    from = match.index + whole.length;
  }
  if (from < text.length) out.push(text.slice(from));
  return out;
}
