import { useNavigate } from '@tanstack/react-router';
import { Dialog, Modal, ModalOverlay } from 'react-aria-components';
import type { IconName } from '#ui/components/icon/icons.ts';
import { Palette, type PaletteEntry } from '#ui/components/palette/Palette.tsx';
import { PLACES, type Place } from '#ui/paths.ts';
import { t } from '#ui/words/words.ts';
import { ACTIONS, type ActionId } from './actions.ts';
import { useActiveActions, useKeyTable } from './keys.tsx';

const PLACE_ICONS: Record<Place, IconName> = {
  home: 'home',
  inbox: 'inbox',
  organisation: 'org',
  projects: 'projects',
  system: 'system',
};

/** Find or do, over the whole window. What it offers is what something on screen answers to. */
export default function PaletteDialog({ onClose }: { onClose: () => void }) {
  const navigate = useNavigate();
  const active = useActiveActions();
  const keys = useKeyTable();
  const then = (act: () => void) => () => {
    onClose();
    act();
  };
  const seen = new Set<ActionId>();
  const acts: PaletteEntry[] = [];
  for (const { action, act } of active().toReversed()) {
    if (seen.has(action) || action === 'find' || ACTIONS[action].group === 'go') continue;
    seen.add(action);
    acts.push({
      id: `do.${action}`,
      name: t(`action.${action}`),
      icon: 'arrow-r',
      keys: keys[action],
      act: then(act),
    });
  }
  const places: PaletteEntry[] = PLACES.map((place) => ({
    id: `go.${place}`,
    name: t(`place.${place}`),
    icon: PLACE_ICONS[place],
    also: t('palette.goTo'),
    act: then(() => void navigate({ to: place === 'home' ? '/' : `/${place}` })),
  }));
  return (
    <ModalOverlay className="veil veil-palette" isOpen onOpenChange={(next) => !next && onClose()} isDismissable>
      <Modal className="float palette">
        <Dialog aria-label={t('palette.label')}>
          <Palette
            groups={[
              { id: 'do', name: t('palette.do'), entries: acts },
              { id: 'go', name: t('palette.go'), entries: places },
            ]}
          />
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}
