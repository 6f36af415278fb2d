import { count } from '#ui/words/format.ts';
import { t } from '#ui/words/words.ts';

/** Which part of the history is also kept outside its file. */
export function AnchorLine({ verified }: { verified: { entries: number; anchoredTo: number; anchors: string } }) {
  const share = verified.entries > 0 ? verified.anchoredTo / verified.entries : 0;
  return (
    <div className="row row-12 row-wrap anchor-line">
      <span className="meta">1</span>
      <span
        className="grow anchor-track"
        role="img"
        aria-label={t('history.anchorPicture', { to: count(verified.anchoredTo), entries: count(verified.entries) })}
      >
        <span style={{ width: `${share * 100}%` }} />
      </span>
      <span className="meta">{count(verified.entries)}</span>
      <span className="vr" />
      <span className="key">
        <i className="anchored" />
        {t('history.anchored', { where: verified.anchors })}
      </span>
      <span className="key">
        <i className="chained" />
        {t('history.chained')}
      </span>
    </div>
  );
}
