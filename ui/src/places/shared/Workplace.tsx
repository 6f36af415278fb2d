import { Banner } from '#ui/components/banner/Banner.tsx';
import { Button } from '#ui/components/button/Button.tsx';
import { t } from '#ui/words/words.ts';
import type { WorkplaceChoice, WorkplaceModel } from './workplace.ts';

/** Where the steps would work and what they would not see there, before anybody approves it. */
export function Workplace({
  model,
  onChoose,
}: {
  model: WorkplaceModel;
  /** Absent where nothing can be changed any more. */
  onChoose?: ((mode: WorkplaceChoice) => void) | undefined;
}) {
  const { lines, uncommitted, choices } = model;
  const [first, ...rest] = lines;
  return (
    <section aria-label={t('workplace.title')}>
      <div className="pad col col-4">
        <h3>{t('workplace.title')}</h3>
        <p className="prose-s">{first}</p>
        {rest.map((words) => (
          <p key={words} className="meta">
            {words}
          </p>
        ))}
        {onChoose && choices.length > 0 && (
          <div className="row row-wrap">
            {choices.map((mode) => (
              <Button key={mode} small onClick={() => onChoose(mode)}>
                {t(`workplace.choose.${mode}`)}
              </Button>
            ))}
          </div>
        )}
      </div>
      {uncommitted && (
        <Banner status="wait" flush>
          <details>
            <summary>{uncommitted.words}</summary>
            <ul className="plain-list">
              {uncommitted.files.map((file) => (
                <li key={file}>
                  <code>{file}</code>
                </li>
              ))}
              {uncommitted.more > 0 && <li>{t('workplace.more', { count: uncommitted.more })}</li>}
            </ul>
          </details>
        </Banner>
      )}
    </section>
  );
}
