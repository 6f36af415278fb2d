import { Banner } from '#ui/components/banner/Banner.tsx';
import { Button, LinkButton } from '#ui/components/button/Button.tsx';
import type { AgentsReadDto } from '#ui/ipc/bindings.ts';
import { paths } from '#ui/paths.ts';
import { list } from '#ui/words/format.ts';
import { t } from '#ui/words/words.ts';

/** What reading the agent files came to: live, waiting for a decision, refused with the line and the reason. */
export function AgentsRead({ result, onClose }: { result: AgentsReadDto; onClose: () => void }) {
  const { saved, waiting, refused } = result;
  const status = refused.length > 0 ? 'fail' : waiting.length > 0 ? 'wait' : 'done';
  return (
    <Banner
      status={status}
      flush
      action={
        <>
          {waiting.length > 0 && (
            <LinkButton small href={paths.inbox()}>
              {t('project.decide')}
            </LinkButton>
          )}
          <Button small onClick={onClose}>
            {t('act.close')}
          </Button>
        </>
      }
    >
      <span className="col col-4">
        <span>
          {saved.length > 0 ? t('org.saved', { count: saved.length, names: list(saved) }) : t('org.savedNone')}
          {waiting.length > 0 && ` ${t('org.waiting', { count: waiting.length, names: list(waiting) })}`}
          {refused.length > 0 && ` ${t('org.refused', { count: refused.length })}`}
        </span>
        {refused.map((file) => (
          <span key={file.path}>
            <code className="break">{file.path}</code>: {file.reason}
          </span>
        ))}
      </span>
    </Banner>
  );
}
