import type { Instant } from '#ui/words/format.ts';
import { Time } from '#ui/words/Time.tsx';
import { t } from '#ui/words/words.ts';
import { Banner } from '../banner/Banner.tsx';
import { Button } from '../button/Button.tsx';

/** Nothing comes from the host of the workspace. What is on screen stays, and says of when it is. `error` is why, where
 *  the host is there and says so. */
export function HostLostBanner({
  since,
  error,
  onRetry,
}: {
  since: Instant;
  error?: { message: string; code: string } | undefined;
  onRetry?: () => void;
}) {
  return (
    <Banner
      status="offline"
      flush
      action={
        onRetry && (
          <Button small onClick={onRetry}>
            {t('act.reconnect')}
          </Button>
        )
      }
    >
      {error ? t('offline.unread') : t('offline.host')} <Time at={since} as="clock" />
      {error && (
        <span className="meta">
          {' '}
          {error.message} <span className="mono">{error.code}</span>
        </span>
      )}
    </Banner>
  );
}

/** The machine has no network. Local work goes on. */
export function NoNetworkBanner({ waiting, flush }: { waiting: number; flush?: boolean }) {
  return (
    <Banner status="offline" {...(flush && { flush })}>
      {t('offline.network')} {waiting > 0 && t('offline.waiting', { count: waiting })}
    </Banner>
  );
}

/** Beside a value that could not be renewed. */
export function AsOf({ at }: { at: Instant }) {
  return (
    <span className="meta">
      {t('offline.asOf')} <Time at={at} as="clock" />
    </span>
  );
}
