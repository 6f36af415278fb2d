import { LinkButton } from '#ui/components/button/Button.tsx';
import { Empty } from '#ui/components/empty/Empty.tsx';
import { paths } from '#ui/paths.ts';
import { t } from '#ui/words/words.ts';

export function NotFound() {
  return (
    <main className="blank">
      <Empty
        icon="search"
        level={2}
        title={t('state.notFound')}
        action={<LinkButton href={paths.home()}>{t('act.goHome')}</LinkButton>}
      >
        {t('state.notFoundWhy')}
      </Empty>
    </main>
  );
}
