import { ToolCall } from '#ui/components/call/ToolCall.tsx';
import { Diff } from '#ui/components/diff/Diff.tsx';
import { Turn } from '#ui/components/turn/Turn.tsx';
import { Time } from '#ui/words/Time.tsx';
import { t } from '#ui/words/words.ts';
import type { RunTurn } from './model.ts';

/** What one member said and did in a run: words, calls, changes, in their order. */
export function RunTurnView({ turn }: { turn: RunTurn }) {
  return (
    <Turn
      member={turn.member}
      you={turn.you}
      meta={
        <>
          <Time at={turn.at} as="clock" />
          {turn.meta && `, ${turn.meta}`}
          {turn.receipt && (
            <>
              {', '}
              <span title={turn.receipt}>{t('run.why')}</span>
            </>
          )}
        </>
      }
    >
      {turn.text && <p className="prose-s">{turn.text}</p>}
      {turn.parts.map((part) =>
        part.kind === 'call' ? (
          <ToolCall key={part.id} status={part.status} tool={part.tool} args={part.args} meta={part.meta} />
        ) : (
          <Diff key={part.id} diff={part.diff} end={<span className="meta">{part.note}</span>} />
        ),
      )}
    </Turn>
  );
}
