import { t } from '#ui/words/words.ts';
import { Button, IconButton } from '../button/Button.tsx';
import { StatusIcon } from '../status/StatusIcon.tsx';
import { type Toast, toasts, useToasts } from './toasts.ts';

/** Where toasts appear: a region that is read out politely. */
export function Toasts() {
  const shown = useToasts();
  return (
    <section
      className="toasts"
      aria-label={t('frame.messages')}
      aria-live="polite"
      onPointerEnter={() => toasts.pause()}
      onPointerLeave={() => toasts.resume()}
      onFocus={() => toasts.pause()}
      onBlur={() => toasts.resume()}
    >
      {shown.map((toast) => (
        <ToastFace key={toast.id} toast={toast} onClose={() => toasts.close(toast.id)} />
      ))}
    </section>
  );
}

export function ToastFace({ toast, onClose }: { toast: Omit<Toast, 'id'>; onClose: () => void }) {
  const { action } = toast;
  return (
    <div className="float toast">
      <StatusIcon status={toast.status} />
      <span className="grow">{toast.text}</span>
      {action && (
        <Button
          kind="quiet"
          small
          onClick={() => {
            action.act();
            onClose();
          }}
        >
          {action.name}
        </Button>
      )}
      <IconButton kind="quiet" small icon="x" label={t('act.close')} onClick={onClose} />
    </div>
  );
}
