import { useState } from 'react';
import { Button } from '#ui/components/button/Button.tsx';
import { Dialog, DialogFace } from '#ui/components/dialog/Dialog.tsx';
import { Empty } from '#ui/components/empty/Empty.tsx';
import { CallErrorPanel } from '#ui/components/error-panel/CallErrorPanel.tsx';
import { ErrorPanel } from '#ui/components/error-panel/ErrorPanel.tsx';
import { Field, Textarea } from '#ui/components/field/Field.tsx';
import { MenuButton, MenuEntries, type MenuEntry } from '#ui/components/menu/Menu.tsx';
import { AsOf, HostLostBanner, NoNetworkBanner } from '#ui/components/offline/Offline.tsx';
import { Palette, type PaletteGroup } from '#ui/components/palette/Palette.tsx';
import { Sheet } from '#ui/components/sheet/Sheet.tsx';
import { Skeleton } from '#ui/components/skeleton/Skeleton.tsx';
import { ToastFace } from '#ui/components/toast/Toasts.tsx';
import { toasts } from '#ui/components/toast/toasts.ts';
import { at } from '../fixtures/clock.ts';
import { FLOATING as F, STATES as S } from '../fixtures/work.ts';
import { Row, Spec } from '../Spec.tsx';

const nothing = () => {};
const MENU: readonly MenuEntry[] = F.menu.map((entry) => ({ ...entry, act: nothing }));
const PALETTE: readonly PaletteGroup[] = F.palette.map((group) => ({
  ...group,
  entries: group.entries.map((entry) => ({ ...entry, act: nothing })),
}));

export function FloatingAndStates() {
  return (
    <>
      <Floating />
      <Spec id="states">
        <div className="grid-3">
          <div className="card">
            <Empty icon="inbox" title={S.emptyTitle}>
              {S.empty}
            </Empty>
          </div>
          <div className="card card-body">
            <Skeleton now />
          </div>
          <ErrorPanel
            title={S.errorTitle}
            code={S.code}
            actions={
              <>
                <Button small>{S.again}</Button>
                <Button kind="quiet" small>
                  {S.details}
                </Button>
              </>
            }
          >
            {S.error}
          </ErrorPanel>
        </div>
        <CallErrorPanel error={S.callError} onRetry={nothing} />
      </Spec>
      <Spec id="offline">
        <HostLostBanner since={at(14, 32)} onRetry={nothing} />
        <HostLostBanner since={at(14, 32)} error={S.callError} onRetry={nothing} />
        <NoNetworkBanner waiting={2} />
        <AsOf at={at(14, 32)} />
      </Spec>
    </>
  );
}

function Floating() {
  const [open, setOpen] = useState<'dialog' | 'sheet' | null>(null);
  const close = () => setOpen(null);
  const face = (
    <>
      <Button onClick={close}>{F.cancel}</Button>
      <Button kind="primary" onClick={close}>
        {F.rollBack}
      </Button>
    </>
  );
  return (
    <Spec id="floating">
      <div className="row row-wrap row-12 row-top">
        <div className="float menu">
          <MenuEntries label={F.menuLabel} entries={MENU} />
        </div>
        <div className="float dialog">
          <DialogFace title={<h4 className="h2">{F.dialogTitle}</h4>} foot={face}>
            {F.dialogBody}
          </DialogFace>
        </div>
      </div>
      <div className="float palette">
        <Palette groups={PALETTE} initial={F.typed} still />
      </div>
      <ToastFace toast={{ status: 'done', text: F.toast, action: { name: F.open, act: nothing } }} onClose={nothing} />
      <Row>
        <MenuButton label={F.menuLabel} entries={MENU} small>
          {F.menuButton}
        </MenuButton>
        <Button onClick={() => setOpen('dialog')}>{F.openDialog}</Button>
        <Button onClick={() => setOpen('sheet')}>{F.openSheet}</Button>
        <Button onClick={() => toasts.show({ status: 'done', text: F.toast, action: { name: F.open, act: nothing } })}>
          {F.showToast}
        </Button>
      </Row>
      <Dialog open={open === 'dialog'} onClose={close} title={F.dialogTitle} foot={face}>
        {F.dialogBody}
      </Dialog>
      <Sheet open={open === 'sheet'} onClose={close} title={F.sheetTitle}>
        <Field label={F.sheetLabel}>
          <Textarea defaultValue={F.sheetReason} />
        </Field>
        <div className="row">
          <Button className="push" onClick={close}>
            {F.cancel}
          </Button>
          <Button kind="danger" onClick={close}>
            {F.deny}
          </Button>
        </div>
      </Sheet>
    </Spec>
  );
}
