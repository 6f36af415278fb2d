import { Bound } from '#ui/components/approval/Approval.tsx';
import { Badge, FactBadge } from '#ui/components/badge/Badge.tsx';
import { Banner } from '#ui/components/banner/Banner.tsx';
import { Code } from '#ui/components/code/Code.tsx';
import { Dock } from '#ui/components/dock/Dock.tsx';
import { Facts } from '#ui/components/facts/Facts.tsx';
import { type Column, Table } from '#ui/components/table/Table.tsx';
import { ActButton } from '#ui/frame/ActButton.tsx';
import { Rich } from '#ui/words/Rich.tsx';
import { t } from '#ui/words/words.ts';
import { EFFECT_ICONS } from './effects.ts';
import type { InboxActs, UnknownDetail } from './model.ts';
import { OriginLine } from './OriginLine.tsx';
import { useConfirm } from './useConfirm.ts';

type Look = NonNullable<UnknownDetail['looked']>[number];

const COLUMNS: readonly Column<Look>[] = [
  { id: 'at', head: t('unknown.lookedAt'), width: '32%', cell: (look) => <Rich text={look.at} />, cut: true },
  { id: 'result', head: t('unknown.result'), width: '20%', cell: (look) => look.result, cut: true },
  { id: 'meaning', head: t('unknown.meaning'), cell: (look) => look.meaning, sec: true, cut: true },
];

/** An effect of which nobody knows how it ended. It is never tried again by itself; a person who knows says which it was. */
export function UnknownView({ detail, acts }: { detail: UnknownDetail; acts: InboxActs }) {
  const confirm = useConfirm(detail.id);
  const settle = (outcome: 'happened' | 'didNotHappen') =>
    confirm.press(outcome, true, () => acts.settle(detail.id, outcome));
  return (
    <>
      <div className="pane grow">
        <div className="pad col col-16 detail">
          <div className="col col-4">
            {detail.origin && <OriginLine origin={detail.origin} />}
            <h1>{detail.title}</h1>
            <div className="row row-wrap row-4">
              <Badge status="unknown" />
              {detail.effect && (
                <FactBadge icon={EFFECT_ICONS[detail.effect]}>{t(`effect.${detail.effect}`)}</FactBadge>
              )}
              <span className="meta">{t('unknown.notAgain')}</span>
            </div>
          </div>
          <Banner status="unknown">{detail.story}</Banner>
          <Facts facts={detail.facts} />
          <Bound title={t('unknown.effect')} hex={detail.hash}>
            <Code>
              {detail.request}
              {detail.trace.map((line) => (
                <span key={line} className="dim">
                  {'\n'}
                  {line}
                </span>
              ))}
            </Code>
          </Bound>
          {detail.looked && (
            <div className="col">
              <h3>{t('unknown.found')}</h3>
              <div className="card">
                <Table label={t('unknown.found')} columns={COLUMNS} rows={detail.looked} id={(look) => look.id} fixed />
              </div>
            </div>
          )}
          <div className="grid-2">
            <div className="card card-body col col-4">
              <h3>{t('unknown.ifHappened')}</h3>
              <p className="prose-s">{detail.ifHappened}</p>
            </div>
            <div className="card card-body col col-4">
              <h3>{t('unknown.ifNot')}</h3>
              <p className="prose-s">{detail.ifNot}</p>
            </div>
          </div>
        </div>
      </div>
      <Dock label={t('unknown.answer')} note={confirm.asked ? t('approval.again') : t('unknown.note')}>
        <ActButton action="happened" onAct={() => settle('happened')}>
          {confirm.asked === 'happened' ? t('unknown.happenedNow') : t('unknown.happened')}
        </ActButton>
        <ActButton action="didNotHappen" onAct={() => settle('didNotHappen')}>
          {confirm.asked === 'didNotHappen' ? t('unknown.didNotNow') : t('unknown.didNot')}
        </ActButton>
        <ActButton action="lookAgain" kind="quiet" onAct={() => acts.settle(detail.id, 'lookAgain')}>
          {t('unknown.look')}
        </ActButton>
      </Dock>
    </>
  );
}
