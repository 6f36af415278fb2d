import type { ReactNode } from 'react';
import { Button, type ButtonKind } from '#ui/components/button/Button.tsx';
import type { IconName } from '#ui/components/icon/icons.ts';
import type { ActionId } from './actions.ts';
import { useAction, useKeysOf } from './keys.tsx';

/** A button for an action that has a key: the two always do the same, and are off together. */
export function ActButton({
  action,
  children,
  onAct,
  reason,
  bare,
  ...look
}: {
  action: ActionId;
  children: ReactNode;
  onAct: () => void;
  reason?: string | undefined;
  bare?: boolean;
  kind?: ButtonKind;
  small?: boolean;
  icon?: IconName;
  busy?: string | false;
  className?: string;
}) {
  const keys = useKeysOf(action);
  useAction(action, reason || look.busy ? null : onAct);
  return (
    <Button {...look} reason={reason} onClick={onAct} keys={bare ? undefined : keys}>
      {children}
    </Button>
  );
}
