import { t } from '#ui/words/words.ts';
import type { Status } from './statuses.ts';

/** The silhouette of a status. Give `worded` when the word stands beside it, so that it is not read twice. */
export function StatusIcon({ status, worded = false, label }: { status: Status; worded?: boolean; label?: string }) {
  return worded ? (
    <svg className={`st st-${status}`} viewBox="0 0 16 16" aria-hidden="true">
      <use href={`#s-${status}`} />
    </svg>
  ) : (
    <svg className={`st st-${status}`} viewBox="0 0 16 16" role="img" aria-label={label ?? t(`status.${status}`)}>
      <use href={`#s-${status}`} />
    </svg>
  );
}

const CUT = { stroke: 'var(--bg)' };

/** The eleven silhouettes; used for nothing but a status. */
export function StatusSprite() {
  return (
    <svg width="0" height="0" className="sprite" aria-hidden="true">
      <defs>
        <symbol id="s-queued" viewBox="0 0 16 16">
          <circle cx="8" cy="8" r="5.5" />
        </symbol>
        <symbol id="s-paused" viewBox="0 0 16 16">
          <circle cx="8" cy="8" r="5.5" />
          <path d="M6.5 6v4M9.5 6v4" />
        </symbol>
        <symbol id="s-skipped" viewBox="0 0 16 16">
          <circle cx="8" cy="8" r="5.5" />
          <path d="M4.5 11.5l7-7" />
        </symbol>
        <symbol id="s-offline" viewBox="0 0 16 16">
          <circle cx="8" cy="8" r="5.5" strokeDasharray="2 2.32" />
        </symbol>
        <symbol id="s-run" viewBox="0 0 16 16">
          <circle cx="8" cy="8" r="5.5" opacity=".3" />
          <path className="turn" d="M8 2.5A5.5 5.5 0 0 1 13.5 8" />
          <circle cx="8" cy="8" r="2" fill="currentColor" stroke="none" />
        </symbol>
        <symbol id="s-wait" viewBox="0 0 16 16">
          <path d="M8 1.2 14.8 8 8 14.8 1.2 8z" fill="currentColor" stroke="none" />
          <path d="M8 5v3.4M8 10.8h.01" style={CUT} />
        </symbol>
        <symbol id="s-ask" viewBox="0 0 16 16">
          <path d="M1.2 1.5h13.6v10.3H8.6L5 15v-3.2H1.2z" fill="currentColor" stroke="none" />
          <path d="M6.4 5.2a1.65 1.65 0 1 1 2.4 1.5c-.6.3-.8.5-.8 1M8 9.7h.01" style={CUT} />
        </symbol>
        <symbol id="s-done" viewBox="0 0 16 16">
          <circle cx="8" cy="8" r="6.4" fill="currentColor" stroke="none" />
          <path d="M5.3 8.2l1.9 1.9 3.5-4" style={CUT} />
        </symbol>
        <symbol id="s-fail" viewBox="0 0 16 16">
          <path d="M5.2 1.5h5.6l3.7 3.7v5.6l-3.7 3.7H5.2l-3.7-3.7V5.2z" fill="currentColor" stroke="none" />
          <path d="M5.8 5.8l4.4 4.4M10.2 5.8l-4.4 4.4" style={CUT} />
        </symbol>
        <symbol id="s-unknown" viewBox="0 0 16 16">
          <path d="M2 2h12v12H2z" strokeLinejoin="round" />
          <path d="M6.3 6.2a1.75 1.75 0 1 1 2.5 1.5c-.6.3-.8.6-.8 1.1M8 11.2h.01" />
        </symbol>
        <symbol id="s-build" viewBox="0 0 16 16">
          <rect x="2" y="2" width="12" height="12" rx="1" strokeDasharray="2.4 2.4" />
          <path d="M8 5.3v5.4M5.3 8h5.4" />
        </symbol>
      </defs>
    </svg>
  );
}
