import { GroupHead } from '#ui/components/card/Card.tsx';
import { Composer } from '#ui/components/composer/Composer.tsx';
import { Empty } from '#ui/components/empty/Empty.tsx';
import { StatusIcon } from '#ui/components/status/StatusIcon.tsx';
import { t } from '#ui/words/words.ts';
import type { ConversationModel, ProjectHead } from './model.ts';
import { ProjectBar } from './ProjectBar.tsx';
import { RunTurnView } from './RunTurnView.tsx';

/** Everything that was said in a project, step by step, and where one says more to it. */
export function ConversationView({
  head,
  model,
  onSend,
}: {
  head: ProjectHead;
  model: ConversationModel;
  onSend: (text: string) => void;
}) {
  return (
    <>
      <ProjectBar head={head} tab="conversation" />
      <div className="body">
        <section className="pane grow" aria-label={t('project.tab.conversation')}>
          {model.parts.length === 0 ? (
            <div className="blank">
              <Empty icon="msg" level={2} title={t('conversation.none')}>
                {t('conversation.noneWhy')}
              </Empty>
            </div>
          ) : (
            <div className="talk grow">
              {model.parts.map((part) => (
                <section key={part.id} className="col col-16" aria-label={part.step}>
                  <GroupHead end={<StatusIcon status={part.status} />}>{part.step}</GroupHead>
                  {part.turns.map((turn) => (
                    <RunTurnView key={turn.id} turn={turn} />
                  ))}
                </section>
              ))}
            </div>
          )}
          <div className="talk-foot">
            <div className="talk">
              <Composer
                label={t('conversation.say')}
                placeholder={t('conversation.placeholder')}
                sendWords={t('act.send')}
                onSend={onSend}
                foot={<span className="meta narrow-hide">{t('conversation.reads')}</span>}
              />
            </div>
          </div>
        </section>
      </div>
    </>
  );
}
