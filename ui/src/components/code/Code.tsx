import type { ReactNode } from 'react';

/** Text as it lies in a file or goes to a program. `arg` and `dim` parts are marked by their caller. */
export function Code({ children }: { children: ReactNode }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <pre className="code" tabIndex={0}>
      {children}
    </pre>
  );
}

/** A program and its arguments, each quoted so that its end is seen. Nothing is given to a shell. */
export function Command({ words }: { words: readonly string[] }) {
  return (
    <>
      {words.map((word, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: arguments have no identity but their place
        <span key={index}>
          {index > 0 && ' '}
          <span className={index > 0 && isOption(word, index) ? 'arg' : undefined}>{word}</span>
        </span>
      ))}
    </>
  );
}

function isOption(word: string, index: number): boolean {
  return word.startsWith('-') || (index === 1 && /^[a-z][a-z-]*$/.test(word));
}
