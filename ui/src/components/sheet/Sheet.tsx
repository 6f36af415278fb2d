import type { ReactNode } from 'react';
import { Heading, Modal, ModalOverlay, Dialog as RacDialog } from 'react-aria-components';
import { classes } from '../classes.ts';

/** Comes in from the right over what it belongs to; `wide` for work with panes of its own. */
export function Sheet({
  open,
  onClose,
  title,
  wide,
  children,
}: {
  open: boolean;
  onClose: () => void;
  title: string;
  wide?: boolean;
  children: ReactNode;
}) {
  return (
    <ModalOverlay className="veil" isOpen={open} onOpenChange={(next) => !next && onClose()} isDismissable>
      <Modal className={classes('float sheet', wide ? 'sheet-wide' : 'sheet-full')}>
        <RacDialog className="sheet-in">
          <Heading slot="title" level={2}>
            {title}
          </Heading>
          {children}
        </RacDialog>
      </Modal>
    </ModalOverlay>
  );
}
