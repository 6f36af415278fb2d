import type { ReactElement } from 'react';
import { Button, MenuItem, MenuTrigger, Popover, Menu as RacMenu, Separator } from 'react-aria-components';
import { classes } from '../classes.ts';
import { Icon } from '../icon/Icon.tsx';
import type { IconName } from '../icon/icons.ts';
import { Kbd } from '../kbd/Kbd.tsx';

export interface MenuEntry {
  id: string;
  name: string;
  icon?: IconName;
  keys?: string | undefined;
  meta?: string;
  danger?: boolean;
  disabled?: boolean;
  /** A line above it. */
  apart?: boolean;
  act: () => void;
}

/** A button that opens a list of acts. */
export function MenuButton({
  label,
  entries,
  children,
  className,
  icon,
  small,
}: {
  label: string;
  entries: readonly MenuEntry[];
  children?: ReactElement | string;
  className?: string;
  icon?: IconName;
  small?: boolean;
}) {
  return (
    <MenuTrigger>
      <Button
        {...(!children && { 'aria-label': label })}
        className={className ?? classes('btn', small && 'btn-sm', !children && 'btn-icon')}
      >
        {icon && <Icon name={icon} size={small ? 12 : 16} />}
        {children}
        {children && <Icon name="chev-d" size={12} />}
      </Button>
      <Popover className="float menu" placement="bottom start">
        <MenuEntries label={label} entries={entries} />
      </Popover>
    </MenuTrigger>
  );
}

export function MenuEntries({ label, entries }: { label: string; entries: readonly MenuEntry[] }) {
  return (
    <RacMenu aria-label={label} className="menu-in">
      {entries.flatMap((entry) => [
        entry.apart ? <Separator key={`${entry.id}-line`} className="rule-menu" /> : null,
        <MenuItem
          key={entry.id}
          id={entry.id}
          textValue={entry.name}
          className={classes('menu-item', entry.danger && 't-fail')}
          isDisabled={entry.disabled ?? false}
          onAction={entry.act}
        >
          {entry.icon && <Icon name={entry.icon} />}
          {entry.name}
          {entry.meta && <span className="meta">{entry.meta}</span>}
          {entry.keys && <Kbd keys={entry.keys} />}
        </MenuItem>,
      ])}
    </RacMenu>
  );
}
