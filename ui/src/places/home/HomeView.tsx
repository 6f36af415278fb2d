import { type ReactNode, type UIEvent, useEffect, useRef } from 'react';
import { Badge } from '#ui/components/badge/Badge.tsx';
import { Button, LinkButton } from '#ui/components/button/Button.tsx';
import { Icon } from '#ui/components/icon/Icon.tsx';
import { Progress } from '#ui/components/progress/Progress.tsx';
import { SealText } from '#ui/components/seal/Seal.tsx';
import { Turn } from '#ui/components/turn/Turn.tsx';
import { ActButton } from '#ui/frame/ActButton.tsx';
import { Bar } from '#ui/frame/Bar.tsx';
import { paths } from '#ui/paths.ts';
import type { GivenFile } from '#ui/places/shared/given.ts';
import { useClock } from '#ui/words/clock.tsx';
import { countOf, list, longDay, money } from '#ui/words/format.ts';
import { Time } from '#ui/words/Time.tsx';
import { t } from '#ui/words/words.ts';
import { FirstRequest } from './FirstRequest.tsx';
import { HomeSide } from './HomeSide.tsx';
import type { HomeActs, HomeModel, TalkEntry, TalkProject } from './model.ts';
import { PlanCard } from './PlanCard.tsx';
import { ReadingCard } from './ReadingCard.tsx';
import { RequestComposer } from './RequestComposer.tsx';

interface Slots {
  /** A plan that waits for approval, fetched by the host of this view. */
  plan?: (project: TalkProject, version: number, last: boolean) => ReactNode;
  /** Why the last act was refused. */
  refused?: ReactNode;
  /** What could not be read, in general and in each part of the side. */
  unread?: ReactNode;
  dueUnread?: ReactNode;
  runningUnread?: ReactNode;
  /** The files that a request brought along. */
  given?: (request: string, files: readonly GivenFile[]) => ReactNode;
  /** Folders that requests were about; wanted while one is named. */
  recent?: readonly string[];
  onNamingFolder?: (naming: boolean) => void;
  /** The entry that is being planned. */
  planning?: string | null;
}

/** Talk to the organisation; beside it what needs you, what runs, what today came to. */
export function HomeView({ model, acts, slots = {} }: { model: HomeModel; acts: HomeActs; slots?: Slots }) {
  const clock = useClock();
  const lastAnswer = model.talk.findLast((entry) => entry.kind === 'answered')?.id;
  const length = model.talk.length;
  const { talk, onScroll } = useEndInView(model.talk.at(-1)?.id);
  return (
    <>
      <Bar title={t('place.home')} meta={longDay(clock, clock.now)}>
        <ActButton action="pauseAll" small bare icon="stop" onAct={acts.stopEverything}>
          {t('action.pauseAll')}
        </ActButton>
      </Bar>
      <div className="body">
        <section className="pane grow" aria-label={t('home.talk')} onScroll={onScroll}>
          {slots.unread}
          {length === 0 ? (
            <div className="blank">
              <FirstRequest onSend={acts.send} pick={acts.attach?.machine?.pick} />
            </div>
          ) : (
            <div ref={talk} className="talk grow">
              {model.earlier && (
                <Button kind="quiet" small onClick={acts.showEarlier}>
                  {t('home.earlier', { count: model.earlier })}
                </Button>
              )}
              {model.talk.map((entry) => (
                <Entry
                  key={`${entry.kind} ${entry.id}`}
                  entry={entry}
                  last={entry.id === lastAnswer}
                  acts={acts}
                  slots={slots}
                />
              ))}
            </div>
          )}
          <div className="talk-foot">
            <div className="talk">
              {slots.refused}
              <RequestComposer
                onSend={acts.send}
                attach={acts.attach}
                recent={slots.recent ?? []}
                onNaming={slots.onNamingFolder}
              />
            </div>
          </div>
        </section>
        <HomeSide model={model} dueUnread={slots.dueUnread} runningUnread={slots.runningUnread} />
      </div>
    </>
  );
}

/** How near to its end the conversation counts as read to the end, in pixels. */
const AT_END = 64;

/** The newest answer ends with what can be decided, and grows as its plan arrives. Whoever reads the end keeps it in view;
 *  whoever scrolled up is left where they are, until something new is said. */
function useEndInView(newest: string | undefined) {
  const talk = useRef<HTMLDivElement>(null);
  const reads = useRef(true);
  const top = useRef(0);
  useEffect(() => {
    const box = talk.current;
    if (newest === undefined || !box) return;
    reads.current = true;
    // At once: where an entry went at the top, the browser moves the rest, which looks like a reader who goes up.
    box.scrollIntoView({ block: 'end' });
    const observer = new ResizeObserver(() => {
      if (reads.current) box.scrollIntoView({ block: 'end' });
    });
    observer.observe(box);
    return () => observer.disconnect();
  }, [newest]);
  const onScroll = ({ currentTarget: { scrollTop, clientHeight, scrollHeight } }: UIEvent<HTMLElement>) => {
    // What grows below moves the end away, not the reader: only who went up does not read it any more.
    if (scrollHeight - scrollTop - clientHeight < AT_END) reads.current = true;
    else if (scrollTop < top.current) reads.current = false;
    top.current = scrollTop;
  };
  return { talk, onScroll };
}

interface EntryProps {
  entry: TalkEntry;
  last: boolean;
  acts: HomeActs;
  slots: Slots;
}

/** Only the last answer takes keys: 1 to 6 correct its reading, P plans it, A approves its plan. */
function Entry({ entry, last, acts, slots }: EntryProps) {
  if (entry.kind === 'said') {
    return (
      <Turn member={entry.by} you={entry.you} meta={<Time at={entry.at} as="clock" />}>
        <p className="prose">{entry.text}</p>
        {entry.attachments && slots.given?.(entry.id, entry.attachments)}
        {entry.folder && (
          <span className="row row-4 meta">
            <Icon name="folder" size={12} />
            <span className="mono cut">{entry.folder}</span>
          </span>
        )}
      </Turn>
    );
  }
  const { planned, project } = entry;
  const { changeAssumptions } = acts;
  return (
    <Turn
      member={entry.by}
      meta={
        <>
          <Time at={entry.at} as="clock" />
          {planned &&
            `, ${list([t('home.planned', { name: planned.by, count: planned.rounds }), money(planned.cost)])}`}
        </>
      }
    >
      {entry.reading && (
        <ReadingCard
          reading={entry.reading}
          keys={last && !project}
          onCorrect={(reading) => acts.correctReading(entry.id, reading)}
          onChange={changeAssumptions && (() => changeAssumptions(entry.id))}
        />
      )}
      {entry.reading?.answer && <p className="prose answer">{entry.reading.answer}</p>}
      {entry.reading?.answer === null && !project && <p className="meta">{t('home.notAnswered')}</p>}
      {entry.text && <p className="prose">{entry.text}</p>}
      {entry.mayPlan && <PlanIt entry={entry.id} last={last} acts={acts} busy={slots.planning === entry.id} />}
      {entry.plan && acts.plan && <PlanCard plan={entry.plan} keys={last} acts={acts.plan} />}
      {project?.version !== undefined && slots.plan?.(project, project.version, last)}
      {project && project.version === undefined && <Became project={project} />}
    </Turn>
  );
}

function PlanIt({ entry, last, acts, busy }: { entry: string; last: boolean; acts: HomeActs; busy: boolean }) {
  const note = <span className="meta narrow-hide">{t('home.planNote')}</span>;
  return (
    <div className="row row-12">
      {last ? (
        <ActButton action="planIt" kind="primary" busy={busy && t('home.planning')} onAct={() => acts.planIt(entry)}>
          {t('action.planIt')}
        </ActButton>
      ) : (
        <LaterPlanIt onPlan={() => acts.planIt(entry)} />
      )}
      {note}
    </div>
  );
}

function LaterPlanIt({ onPlan }: { onPlan: () => void }) {
  return (
    <button type="button" className="btn" onClick={onPlan}>
      {t('action.planIt')}
    </button>
  );
}

/** The project a request became, with where it stands and what came of it. */
function Became({ project }: { project: TalkProject }) {
  const { progress, result } = project;
  return (
    <div className="card">
      <div className="card-body row row-wrap">
        <Badge status={project.status}>{project.words}</Badge>
        <span className="strong cut grow">{project.name}</span>
        <LinkButton small href={paths.project(project.id)}>
          {t('home.openProject')}
        </LinkButton>
      </div>
      {progress && (
        <div className="card-body col col-4 became-more">
          <Progress label={project.name} share={progress.steps > 0 ? progress.done / progress.steps : 0} tone="run" />
          <span className="meta">
            {list([t('run.done', { amount: countOf(progress.done, progress.steps) }), progress.now])}
          </span>
        </div>
      )}
      {result && (result.summary || result.files.length > 0) && (
        <div className="card-body col col-4 became-more">
          {result.summary && <p className="prose-s plan-step-text">{result.summary}</p>}
          {result.files.map((file) => (
            <a key={file.path} className="row artifact" href={paths.project(project.id, 'files')}>
              <Icon name="file" />
              <span className="mono cut grow" title={file.path}>
                {file.path.split('/').at(-1)}
              </span>
              <SealText hex={file.sha256} />
            </a>
          ))}
        </div>
      )}
    </div>
  );
}
