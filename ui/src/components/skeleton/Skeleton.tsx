import { useEffect, useState } from 'react';
import { t } from '#ui/words/words.ts';

/** Shorter waits show nothing: a skeleton that flashes is worse than none. */
const SHOW_AFTER = 200;

/** Lines in the shape of what will stand here; their widths as shares of the room. */
export function Skeleton({ widths = [0.6, 1, 0.8, 0.4], now }: { widths?: readonly number[]; now?: boolean }) {
  const [shown, setShown] = useState(now ?? false);
  useEffect(() => {
    const timer = setTimeout(() => setShown(true), SHOW_AFTER);
    return () => clearTimeout(timer);
  }, []);
  return (
    <div className="col col-12 skel-box" role="status" aria-busy="true" aria-label={t('state.loading')}>
      {shown &&
        widths.map((width, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: lines are nothing but their place
          <div key={index} className="skel" style={{ width: `${width * 100}%` }} />
        ))}
    </div>
  );
}
