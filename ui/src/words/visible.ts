// Text that somebody else wrote, as a person may look at it before deciding: what draws nothing, or turns the direction of
// what follows, is written out. cadre-core's `visible.rs` does the same for terminals and messages; both are tested with
// the same cases. What is approved and hashed are the bytes as they came.

const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

function written(char: string): string {
  const code = char.codePointAt(0) ?? 0;
  return `‹U+${code.toString(16).toUpperCase().padStart(4, '0')}›`;
}

/** Many lines: line ends and tabs stay. */
export function visible(text: string): string {
  return text.replaceAll(UNSEEN, (char) => (char === '\n' || char === '\t' ? char : written(char)));
}

/** One line: nothing in it can begin a second one. */
export function oneLine(text: string): string {
  return text.replaceAll(UNSEEN, written);
}
