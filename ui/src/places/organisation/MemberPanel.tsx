import { Badge, Tag } from '#ui/components/badge/Badge.tsx';
import { Button } from '#ui/components/button/Button.tsx';
import { Section } from '#ui/components/card/Card.tsx';
import { KeyValues } from '#ui/components/facts/Facts.tsx';
import { Icon } from '#ui/components/icon/Icon.tsx';
import { Avatar } from '#ui/components/member/Member.tsx';
import { Meter } from '#ui/components/meter/Meter.tsx';
import { Progress } from '#ui/components/progress/Progress.tsx';
import { StatusIcon } from '#ui/components/status/StatusIcon.tsx';
import { paths } from '#ui/paths.ts';
import { useClock } from '#ui/words/clock.tsx';
import { list, money, percent, when } from '#ui/words/format.ts';
import { Rich } from '#ui/words/Rich.tsx';
import { Time } from '#ui/words/Time.tsx';
import { t } from '#ui/words/words.ts';
import type { MemberDetail, OrganisationActs } from './model.ts';

/** The chosen member: what it does now, what it costs, what it did, what it may do. */
export function MemberPanel({ detail, acts }: { detail: MemberDetail; acts: OrganisationActs }) {
  const clock = useClock();
  const { member, budget, file } = detail;
  return (
    <aside className="pane pane-side org-side" aria-label={t('org.chosen')}>
      <div className="sect">
        <div className="row row-12">
          <Avatar member={member} size="xl" />
          <div className="col col-0">
            <h2>{member.name}</h2>
            <span className="meta">{detail.line}</span>
          </div>
        </div>
        <div className="row row-4 row-wrap">
          <Badge status={detail.status}>{detail.statusWords}</Badge>
          {detail.tags.map((tag) => (
            <Tag key={tag}>{tag}</Tag>
          ))}
        </div>
        <MemberActs detail={detail} acts={acts} />
      </div>
      {detail.description && <p className="sect prose-s">{detail.description}</p>}
      {detail.waits && detail.waits.length > 0 && (
        <Section title={t('inbox.needsYou')}>
          {detail.waits.map((item) => (
            <a key={item.id} className="row" href={paths.inbox(item.id)}>
              <StatusIcon status="wait" />
              <span className="cut grow">{item.name}</span>
              <Time at={item.at} />
            </a>
          ))}
        </Section>
      )}
      {detail.about && (
        <Section title={t('org.about')}>
          <KeyValues facts={detail.about} />
        </Section>
      )}
      {detail.now && detail.now.length > 0 && (
        <Section title={t('org.runs')}>
          {detail.now.map((work) => (
            <div key={work.id} className="col col-4">
              <div className={work.share === undefined ? 'row sec' : 'row'}>
                <StatusIcon status={work.status} />
                <span className="cut grow">{work.href ? <a href={work.href}>{work.name}</a> : work.name}</span>
                {!work.href && <span className="meta">{work.meta}</span>}
              </div>
              {work.href && <span className="meta cut">{work.meta}</span>}
              {work.share !== undefined && <Progress label={work.name} share={work.share} />}
            </div>
          ))}
        </Section>
      )}
      {budget && <Budget budget={budget} />}
      {detail.record && detail.record.length > 0 && (
        <Section title={t('org.record')}>
          <KeyValues figures facts={detail.record} />
        </Section>
      )}
      {detail.capabilities && detail.may && (
        <Section title={t('org.may')}>
          <div className="row row-4 row-wrap">
            {detail.capabilities.map((capability) => (
              <Tag key={capability}>{capability}</Tag>
            ))}
          </div>
          <KeyValues facts={detail.may.map((fact) => ({ label: fact.label, value: <Rich text={fact.value} /> }))} />
        </Section>
      )}
      {detail.context && (
        <Section title={t('org.context')}>
          <p className="prose-s plan-step-text">{detail.context}</p>
        </Section>
      )}
      {file && (
        <div className="sect">
          <div className="row">
            <Icon name="file" />
            <span className="mono cut" title={file.path}>
              {file.path}
            </span>
          </div>
          <span className="meta">
            {list([
              t('org.fileVersion', { version: file.version, time: when(clock, file.since) }),
              file.changedBy && t('org.changedBy', { name: file.changedBy }),
            ])}
          </span>
        </div>
      )}
    </aside>
  );
}

function MemberActs({ detail, acts }: { detail: MemberDetail; acts: OrganisationActs }) {
  const { id, kind } = detail.member;
  const { delegate, pause, improve } = acts;
  if (!delegate && !pause && !improve) return null;
  return (
    <div className="row row-4">
      {delegate && (
        <Button kind="primary" small onClick={() => delegate(id)}>
          {t('org.delegate')}
        </Button>
      )}
      {kind === 'agent' && pause && (
        <Button small icon="pause" onClick={() => pause(id)}>
          {t('project.pause')}
        </Button>
      )}
      {kind === 'agent' && improve && (
        <Button small onClick={() => improve(id)}>
          {t('org.improve')}
        </Button>
      )}
    </div>
  );
}

function Budget({ budget }: { budget: NonNullable<MemberDetail['budget']> }) {
  return (
    <Section title={t('org.budget', { period: budget.period })}>
      <div className="row">
        <strong className="strong">{money(budget.spent)}</strong>
        <span className="meta">
          {t('org.ofReserved', { limit: money(budget.limit), reserved: money(budget.reserved) })}
        </span>
        <span className="push meta">{percent(budget.limit > 0 ? budget.spent / budget.limit : 0)}</span>
      </div>
      <Meter label={t('money.budgetUsed')} used={budget.spent} held={budget.reserved} of={budget.limit} />
      <KeyValues
        figures
        facts={[
          { label: t('money.withoutOutcome'), value: money(budget.withoutOutcome) },
          { label: t('money.whileIdle'), value: money(budget.whileIdle) },
        ]}
      />
    </Section>
  );
}
