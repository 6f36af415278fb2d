import type { ComponentPropsWithRef, ReactNode } from 'react';

type Props = Omit<ComponentPropsWithRef<'input'>, 'type'> & { children: ReactNode };

export function Check({ children, ...rest }: Props) {
  return (
    <label className="check">
      <input type="checkbox" {...rest} />
      {children}
    </label>
  );
}

export function Radio({ children, ...rest }: Props) {
  return (
    <label className="check">
      <input type="radio" {...rest} />
      {children}
    </label>
  );
}

/** Takes effect at once; a check waits for the button. */
export function Switch({ children, ...rest }: Props) {
  return (
    <label className="check">
      {/* biome-ignore lint/a11y/useAriaPropsForRole: a native checkbox says itself whether it is on */}
      <input type="checkbox" className="switch" role="switch" {...rest} />
      {children}
    </label>
  );
}

/** A switch at the end of a row whose title names it. */
export function BareSwitch({ label, ...rest }: Omit<ComponentPropsWithRef<'input'>, 'type'> & { label: string }) {
  // biome-ignore lint/a11y/useAriaPropsForRole: a native checkbox says itself whether it is on
  return <input type="checkbox" className="switch" role="switch" aria-label={label} {...rest} />;
}
