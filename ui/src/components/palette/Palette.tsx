import {
  Autocomplete,
  Header,
  Input,
  Menu,
  MenuItem,
  MenuSection,
  SearchField,
  useFilter,
} from 'react-aria-components';
import { t } from '#ui/words/words.ts';
import { Icon } from '../icon/Icon.tsx';
import type { IconName } from '../icon/icons.ts';
import { Kbd } from '../kbd/Kbd.tsx';

export interface PaletteEntry {
  id: string;
  name: string;
  icon: IconName;
  keys?: string | undefined;
  meta?: string;
  /** Other words it is found by. */
  also?: string;
  act: () => void;
}

export interface PaletteGroup {
  id: string;
  name: string;
  entries: readonly PaletteEntry[];
}

/** Find or do: one field, and below it what can be done and where one can go. `still`: drawn as a picture, it takes no focus. */
export function Palette({
  groups,
  initial = '',
  still,
}: {
  groups: readonly PaletteGroup[];
  initial?: string;
  still?: boolean;
}) {
  const { contains } = useFilter({ sensitivity: 'base' });
  const acts = new Map(groups.flatMap((group) => group.entries.map((entry) => [entry.id, entry.act])));
  return (
    <Autocomplete filter={contains} defaultInputValue={initial}>
      <SearchField aria-label={t('palette.label')} className="palette-in" autoFocus={!still}>
        <Icon name="search" />
        <Input placeholder={t('palette.placeholder')} />
      </SearchField>
      <Menu
        aria-label={t('palette.results')}
        className="palette-list"
        onAction={(key) => acts.get(String(key))?.()}
        renderEmptyState={() => <div className="meta palette-none">{t('palette.none')}</div>}
      >
        {groups
          .filter((group) => group.entries.length > 0)
          .map((group) => (
            <MenuSection key={group.id} id={group.id}>
              <Header className="meta palette-head">{group.name}</Header>
              {group.entries.map((entry) => (
                <MenuItem
                  key={entry.id}
                  id={entry.id}
                  className="menu-item"
                  textValue={`${entry.name} ${entry.also ?? ''}`}
                >
                  <Icon name={entry.icon} />
                  <span className="cut">{entry.name}</span>
                  {entry.meta && <span className="meta">{entry.meta}</span>}
                  {entry.keys && <Kbd keys={entry.keys} />}
                </MenuItem>
              ))}
            </MenuSection>
          ))}
      </Menu>
    </Autocomplete>
  );
}
