import { ToolCall } from '#ui/components/call/ToolCall.tsx';
import { GroupHead } from '#ui/components/card/Card.tsx';
import { Code } from '#ui/components/code/Code.tsx';
import { TextLines } from '#ui/components/lines/Lines.tsx';
import { Turn } from '#ui/components/turn/Turn.tsx';
import { Time } from '#ui/words/Time.tsx';
import { t } from '#ui/words/words.ts';
import type { Said, SaidCall } from './fromConversation.ts';

/** One message: words as they were said, calls of tools as a line each. Nothing in it is read as HTML. */
export function SaidView({ said }: { said: Said }) {
  return (
    <div className="said">
      {said.begins && <GroupHead>{said.begins}</GroupHead>}
      <div className="said-body">
        <Message said={said} />
      </div>
    </div>
  );
}

function Message({ said }: { said: Said }) {
  const calls = said.calls.map((call) => <Call key={call.id} call={call} />);
  if (said.role === 'tool') return <>{calls}</>;
  if (said.role === 'system') return <p className="meta plan-step-text">{said.text}</p>;
  if (said.role === 'task') {
    return (
      <details className="said-task">
        <summary className="meta">
          {t('conversation.task')} <Time at={said.at} as="clock" />
        </summary>
        <Words text={said.text} />
      </details>
    );
  }
  return (
    <Turn
      member={said.by}
      meta={
        <>
          <Time at={said.at} as="clock" />
          {said.meta && `, ${said.meta}`}
        </>
      }
    >
      {said.reasoning && (
        <details className="said-task">
          <summary className="meta">{t('conversation.reasoning')}</summary>
          <Words text={said.reasoning} />
        </details>
      )}
      {said.text && <Words text={said.text} />}
      {calls}
    </Turn>
  );
}

/** Prose, with what stands between fences as code. */
function Words({ text }: { text: string }) {
  return text.split(/^```.*$/m).map((part, index) => {
    if (part.trim() === '') return null;
    return index % 2 === 1 ? (
      // biome-ignore lint/suspicious/noArrayIndexKey: parts have no identity but their place
      <Code key={index}>{part.replace(/^\n|\n$/g, '')}</Code>
    ) : (
      // biome-ignore lint/suspicious/noArrayIndexKey: parts have no identity but their place
      <p key={index} className="prose-s plan-step-text">
        {part.trim()}
      </p>
    );
  });
}

function Call({ call }: { call: SaidCall }) {
  return (
    <ToolCall status={call.status} tool={call.tool} args={call.args} meta={call.came}>
      {call.more.length > 0 &&
        call.more.map(({ name, text }) => {
          const lines = text.split('\n');
          return (
            <div key={name} className="card said-more">
              <div className="card-head">
                <span className="label mono cut">{name}</span>
              </div>
              <TextLines label={name} lines={lines} />
            </div>
          );
        })}
    </ToolCall>
  );
}
