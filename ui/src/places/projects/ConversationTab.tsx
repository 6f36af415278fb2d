import { useVirtualizer } from '@tanstack/react-virtual';
import { type ReactNode, useEffect, useRef, useState } from 'react';
import { Button } from '#ui/components/button/Button.tsx';
import { Empty } from '#ui/components/empty/Empty.tsx';
import type { MessageDto, ProjectDto } from '#ui/ipc/bindings.ts';
import { useAsk, useOperation } from '#ui/ipc/operations.ts';
import { Answered, Refused } from '#ui/places/shared/Answered.tsx';
import type { People } from '#ui/places/shared/members.ts';
import { t } from '#ui/words/words.ts';
import { conversationOf, merged, type Said } from './fromConversation.ts';
import type { ProjectHead } from './model.ts';
import { ProjectBar } from './ProjectBar.tsx';
import { SaidView } from './SaidView.tsx';

const PAGE = 200;
/** How near to its end a conversation counts as read to the end, in pixels. */
const AT_END = 48;

/** What is said while the project works, as it is said. Earlier parts are read when they are asked for. */
export function ConversationTab({ head, project, people }: { head: ProjectHead; project: ProjectDto; people: People }) {
  const newest = useOperation('project.conversation', { project: project.id, before: null, limit: PAGE });
  return (
    <>
      <ProjectBar head={head} tab="conversation" />
      <div className="body">
        <section className="pane grow" aria-label={t('project.tab.conversation')}>
          <Answered query={newest}>{(page) => <Pages page={page} project={project} people={people} />}</Answered>
        </section>
      </div>
    </>
  );
}

function Pages({ page, project, people }: { page: readonly MessageDto[]; project: ProjectDto; people: People }) {
  const earlier = useAsk('project.conversation');
  const [kept, setKept] = useState(page);
  const [newest, setNewest] = useState(page);
  const [begun, setBegun] = useState(false);
  // What leaves the newest page as it moves on is kept, so that there is no gap.
  if (newest !== page) {
    setNewest(page);
    setKept(merged([kept, page]));
  }
  const first = kept[0];
  if (!first) {
    return (
      <div className="blank">
        <Empty icon="msg" level={2} title={t('conversation.none')}>
          {t('conversation.noneWhy')}
        </Empty>
      </div>
    );
  }
  const readEarlier = () =>
    earlier.mutate(
      { project: project.id, before: first.at, limit: PAGE },
      {
        onSuccess: (more) => {
          setKept((before) => merged([before, more]));
          if (more.length < PAGE) setBegun(true);
        },
      },
    );
  const mayRead = !begun && kept.length >= PAGE;
  return (
    <Talk
      said={conversationOf(kept, project, people)}
      earlier={
        mayRead && (
          <div className="said-earlier">
            <Refused errors={[earlier.error]} />
            <Button small busy={earlier.isPending && t('conversation.reading')} onClick={readEarlier}>
              {earlier.error ? t('act.tryAgain') : t('conversation.earlier')}
            </Button>
          </div>
        )
      }
    />
  );
}

function Talk({ said, earlier }: { said: readonly Said[]; earlier: ReactNode }) {
  const box = useRef<HTMLDivElement>(null);
  const [atEnd, setAtEnd] = useState(true);
  const virtual = useVirtualizer({
    count: said.length,
    getScrollElement: () => box.current,
    estimateSize: () => 96,
    getItemKey: (index) => said[index]?.id ?? index,
    overscan: 6,
  });
  const size = virtual.getTotalSize();
  // Whoever reads the end goes on reading it; whoever scrolled up is left where they are.
  useEffect(() => {
    if (atEnd && size > 0) box.current?.scrollTo({ top: box.current.scrollHeight });
  }, [atEnd, size]);
  const goOn = () => box.current?.scrollTo({ top: box.current.scrollHeight });
  return (
    <>
      <div
        ref={box}
        className="said-box"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        tabIndex={0}
        role="log"
        aria-live="off"
        aria-label={t('project.tab.conversation')}
        onScroll={({ currentTarget: { scrollTop, clientHeight, scrollHeight } }) =>
          setAtEnd(scrollHeight - scrollTop - clientHeight < AT_END)
        }
      >
        {earlier}
        <div className="said-all" style={{ height: size }}>
          {virtual.getVirtualItems().map((item) => {
            const one = said[item.index];
            return (
              one && (
                <div
                  key={item.key}
                  ref={virtual.measureElement}
                  data-index={item.index}
                  className="said-one"
                  style={{ transform: `translateY(${item.start}px)` }}
                >
                  <SaidView said={one} />
                </div>
              )
            );
          })}
        </div>
      </div>
      {!atEnd && (
        <Button small className="said-end" icon="chev-d" onClick={goOn}>
          {t('conversation.toEnd')}
        </Button>
      )}
    </>
  );
}
