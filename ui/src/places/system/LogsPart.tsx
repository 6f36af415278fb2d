import { useDeferredValue, useState } from 'react';
import { toasts } from '#ui/components/toast/toasts.ts';
import type { LogPageDto } from '#ui/ipc/bindings.ts';
import { useAsk, useOperation } from '#ui/ipc/operations.ts';
import { Answered, Refused } from '#ui/places/shared/Answered.tsx';
import { t } from '#ui/words/words.ts';
import { type LogLevel, linesAsText } from './fromLogs.ts';
import { Logs } from './Logs.tsx';

/** Lines at once: enough to fill a screen several times. */
const PAGE = 200;
/** The log is a file, not the record: nothing tells when it grows, so while it is followed it is asked. */
const FOLLOW = 2000;

export function LogsPart() {
  const [level, setLevel] = useState<LogLevel>('info');
  const [typed, setTyped] = useState('');
  const text = useDeferredValue(typed);
  const [follow, setFollow] = useState(false);
  const input = { after: null, limit: PAGE, level, text };
  const newest = useOperation('system.logs', input, { fresh: true, ...(follow && { every: FOLLOW }) });
  const ask = useAsk('system.logs');
  const [older, setOlder] = useState<{ from: string; page: LogPageDto } | null>(null);
  return (
    <Answered query={newest}>
      {(page) => {
        // What was read further back belongs to the page that it was read from.
        const more = older !== null && older.from === page.next ? older.page : null;
        const lines = more ? [...page.lines, ...more.lines] : page.lines;
        const next = more ? more.next : page.next;
        const from = page.next;
        return (
          <Logs
            folder={page.folder}
            lines={lines}
            filter={{ level, text: typed, follow }}
            more={next !== null}
            busy={ask.isPending}
            refused={<Refused errors={[ask.error]} />}
            acts={{
              level: setLevel,
              text: setTyped,
              follow: (on) => {
                setFollow(on);
                if (on) setOlder(null);
              },
              older: () => {
                if (next === null || from === null) return;
                setFollow(false);
                ask.mutate(
                  { ...input, after: next },
                  {
                    onSuccess: (answer) =>
                      setOlder({ from, page: { ...answer, lines: [...(more?.lines ?? []), ...answer.lines] } }),
                  },
                );
              },
              copy: () =>
                void navigator.clipboard
                  ?.writeText(linesAsText(lines))
                  .then(() => toasts.show({ status: 'done', text: t('logs.copied', { count: lines.length }) })),
            }}
          />
        );
      }}
    </Answered>
  );
}
