import { t } from '#ui/words/words.ts';

export type Beat = 'ok' | 'late' | 'miss' | 'none';

/** The last heartbeats of a service, oldest first. A healthy one is grey. */
export function Beats({ beats }: { beats: readonly Beat[] }) {
  const late = beats.filter((beat) => beat === 'late').length;
  const missed = beats.filter((beat) => beat === 'miss').length;
  return (
    <span className="beats" role="img" aria-label={t('beats.label', { count: beats.length, late, missed })}>
      {beats.map((beat, place) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: beats are nothing but their place
        <i key={place} className={beat === 'ok' ? undefined : beat} />
      ))}
    </span>
  );
}
