import type { ReactNode } from 'react';
import { Heading, Modal, ModalOverlay, Dialog as RacDialog } from 'react-aria-components';
import { classes } from '../classes.ts';

/** Only when an act reaches beyond what is in view. Esc and a click beside it close; the focus returns to the opener. */
export function Dialog({
  open,
  onClose,
  title,
  children,
  foot,
  wide,
}: {
  open: boolean;
  onClose: () => void;
  title: string;
  children: ReactNode;
  foot: ReactNode;
  /** For what is read, not decided. */
  wide?: boolean;
}) {
  return (
    <ModalOverlay className="veil veil-dialog" isOpen={open} onOpenChange={(next) => !next && onClose()} isDismissable>
      <Modal className={classes('float dialog', wide && 'dialog-wide')}>
        <RacDialog>
          <DialogFace
            title={
              <Heading slot="title" level={2}>
                {title}
              </Heading>
            }
            foot={foot}
          >
            {children}
          </DialogFace>
        </RacDialog>
      </Modal>
    </ModalOverlay>
  );
}

/** The face alone, for the gallery. */
export function DialogFace({ title, children, foot }: { title: ReactNode; children: ReactNode; foot: ReactNode }) {
  return (
    <>
      <div className="dialog-head">{title}</div>
      <div className="dialog-body">{children}</div>
      <div className="dialog-foot">{foot}</div>
    </>
  );
}
