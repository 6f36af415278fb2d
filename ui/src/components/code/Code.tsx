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

/** An argument vector. Options stand out, values do not; nothing is joined by a shell. */
export function Command({ argv }: { argv: readonly string[] }) {
  return (
    <>
      {argv.map((arg, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: arguments have no identity but their place
        <span key={index}>
          {index > 0 && ' '}
          <span className={index > 0 && isOption(arg, index) ? 'arg' : undefined}>{arg}</span>
        </span>
      ))}
    </>
  );
}

function isOption(arg: string, index: number): boolean {
  return arg.startsWith('-') || (index === 1 && /^[a-z][a-z-]*$/.test(arg));
}
