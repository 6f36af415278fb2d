import type { ComponentPropsWithRef, ReactNode } from 'react';
import { classes } from '../classes.ts';
import { Icon } from '../icon/Icon.tsx';
import type { IconName } from '../icon/icons.ts';
import { Kbd } from '../kbd/Kbd.tsx';

export type ButtonKind = 'secondary' | 'primary' | 'danger' | 'quiet';

interface Look {
  kind?: ButtonKind;
  small?: boolean;
  /** Before the words. */
  icon?: IconName;
  /** After the words: a chevron for "there are choices". */
  trailing?: IconName;
  /** The key of the action, as the registry writes it; shown as a cap. */
  keys?: string | undefined;
  /** A state drawn for the gallery, which has no pointer to hover with. */
  drawn?: 'hover' | 'press' | 'focus';
}

type ButtonProps = Look &
  Omit<ComponentPropsWithRef<'button'>, 'disabled'> & {
    /** The verb in -ing while the act is under way. The button keeps its width. */
    busy?: string | false;
    disabled?: boolean;
    /** Why it cannot be pressed. It stays in the tab order then, and says it. */
    reason?: string | undefined;
  };

function look({ kind = 'secondary', small, drawn }: Look, iconOnly: boolean, extra?: string): string {
  return classes(
    'btn',
    kind !== 'secondary' && `btn-${kind}`,
    small && 'btn-sm',
    iconOnly && 'btn-icon',
    drawn && `is-${drawn}`,
    extra,
  );
}

export function Button({
  kind,
  small,
  icon,
  trailing,
  keys,
  drawn,
  busy,
  disabled,
  reason,
  className,
  children,
  onClick,
  type = 'button',
  ...rest
}: ButtonProps) {
  const held = Boolean(reason || busy);
  return (
    <button
      type={type}
      className={look({ ...(kind && { kind }), ...(small && { small }), ...(drawn && { drawn }) }, false, className)}
      disabled={disabled && !held}
      aria-disabled={reason ? true : undefined}
      aria-busy={busy ? true : undefined}
      title={reason}
      onClick={held ? undefined : onClick}
      {...rest}
    >
      {busy ? (
        <>
          <Spinner />
          <span className="btn-width">
            <span>{busy}</span>
            <span className="btn-rest" aria-hidden="true">
              {children}
            </span>
          </span>
        </>
      ) : (
        <>
          {icon && <Icon name={icon} size={small ? 12 : 16} />}
          {children}
          {trailing && <Icon name={trailing} size={12} />}
          {keys && <Kbd keys={keys} />}
        </>
      )}
    </button>
  );
}

/** Only an icon: the label is its name for everybody, in the tooltip and for a screen reader. */
export function IconButton({
  icon,
  label,
  kind,
  small,
  className,
  type = 'button',
  drawn,
  flip,
  ...rest
}: Omit<Look, 'keys' | 'trailing'> & {
  icon: IconName;
  label: string;
  flip?: boolean;
} & ComponentPropsWithRef<'button'>) {
  return (
    <button
      type={type}
      className={look({ ...(kind && { kind }), ...(small && { small }), ...(drawn && { drawn }) }, true, className)}
      aria-label={label}
      title={label}
      {...rest}
    >
      <Icon name={icon} size={small ? 12 : 16} {...(flip && { className: 'flip' })} />
    </button>
  );
}

/** Somewhere else, in the shape of a button. */
export function LinkButton({
  kind,
  small,
  icon,
  keys,
  className,
  children,
  drawn: _drawn,
  trailing: _trailing,
  ...rest
}: Look & ComponentPropsWithRef<'a'>) {
  return (
    <a className={look({ ...(kind && { kind }), ...(small && { small }) }, false, className)} {...rest}>
      {icon && <Icon name={icon} size={small ? 12 : 16} />}
      {children}
      {keys && <Kbd keys={keys} />}
    </a>
  );
}

export function ButtonGroup({ children, label }: { children: ReactNode; label?: string }) {
  return (
    <span className="btn-group" role="group" aria-label={label}>
      {children}
    </span>
  );
}

export function Spinner() {
  return (
    <svg className="ic ic-12 spin" viewBox="0 0 16 16" aria-hidden="true">
      <path d="M8 2.5A5.5 5.5 0 1 1 2.5 8" />
    </svg>
  );
}
