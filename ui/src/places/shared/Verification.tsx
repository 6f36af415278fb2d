import { Badge } from '#ui/components/badge/Badge.tsx';
import { Card, CardHead } from '#ui/components/card/Card.tsx';
import { CallErrorPanel } from '#ui/components/error-panel/CallErrorPanel.tsx';
import { Facts } from '#ui/components/facts/Facts.tsx';
import { Icon } from '#ui/components/icon/Icon.tsx';
import { Seal } from '#ui/components/seal/Seal.tsx';
import { StatusIcon } from '#ui/components/status/StatusIcon.tsx';
import { ActButton } from '#ui/frame/ActButton.tsx';
import type { VerificationDto } from '#ui/ipc/bindings.ts';
import { useOperation } from '#ui/ipc/operations.ts';
import { useClock } from '#ui/words/clock.tsx';
import { clockTime, count } from '#ui/words/format.ts';
import { t } from '#ui/words/words.ts';
import { AnchorLine } from './AnchorLine.tsx';

/** Checks every byte of the record when it is asked to, and shows what was found and when. */
export function Verification() {
  const clock = useClock();
  const query = useOperation('ledger.verify', {}, { enabled: false });
  const { data } = query;
  return (
    <Card label={t('system.tab.ledger')}>
      <CardHead lead={<Icon name="anchor" />} title={t('verify.title')}>
        {data && (
          <Badge status={data.verified ? 'done' : 'fail'}>
            {data.verified
              ? t('frame.verified', { time: clockTime(clock, query.dataUpdatedAt) })
              : t('verify.findings', { count: findingsOf(data) })}
          </Badge>
        )}
        <span className="push">
          <ActButton
            action="verify"
            small
            busy={query.isFetching && t('verify.busy')}
            onAct={() => void query.refetch()}
          >
            {data ? t('history.verifyAgain') : t('system.verify')}
          </ActButton>
        </span>
      </CardHead>
      {query.error && (
        <div className="card-body">
          <CallErrorPanel error={query.error} />
        </div>
      )}
      {data ? <Report report={data} /> : <p className="card-body meta">{t('verify.notYet')}</p>}
    </Card>
  );
}

function findingsOf(report: VerificationDto): number {
  return report.findings.length + report.more_findings;
}

function Report({ report }: { report: VerificationDto }) {
  const anchored = report.anchored_to;
  return (
    <>
      <div className="card-body col col-12">
        <Facts
          facts={[
            { label: report.verified ? t('verify.unbroken') : t('verify.entries'), value: count(report.entries) },
            { label: t('verify.anchored'), value: anchored === null ? t('verify.unanchored') : anchorWords(anchored) },
            { label: t('verify.head'), value: <Seal hex={report.head} /> },
            { label: t('verify.found'), value: count(findingsOf(report)) },
          ]}
        />
        {report.unknown_kinds.length > 0 && (
          <p className="meta">{t('verify.unknownKinds', { kinds: report.unknown_kinds.join(', ') })}</p>
        )}
        {report.findings.map((finding) => (
          <div key={`${finding.entry} ${finding.message}`} className="row row-top">
            <StatusIcon status="fail" />
            <span>
              {finding.entry !== null && (
                <strong className="strong">{t('verify.entry', { entry: count(finding.entry) })} </strong>
              )}
              {finding.message}
            </span>
          </div>
        ))}
        {report.more_findings > 0 && <p className="meta">{t('run.more', { count: report.more_findings })}</p>}
      </div>
      {anchored !== null && (
        <AnchorLine verified={{ entries: report.entries, anchoredTo: anchored, anchors: t('verify.outside') }} />
      )}
    </>
  );
}

function anchorWords(to: number): string {
  return t('verify.anchoredTo', { to: count(to) });
}
