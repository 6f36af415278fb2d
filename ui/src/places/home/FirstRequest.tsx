import { useState } from 'react';
import { Button } from '#ui/components/button/Button.tsx';
import { Card, CardHead } from '#ui/components/card/Card.tsx';
import { Field, Input } from '#ui/components/field/Field.tsx';
import { Icon } from '#ui/components/icon/Icon.tsx';
import { t } from '#ui/words/words.ts';
import type { AttachActs, HomeActs } from './model.ts';

/** Nothing was asked yet: what happens with a request, and one that works on any folder without a model. */
export function FirstRequest({
  onSend,
  pick,
}: {
  onSend: HomeActs['send'];
  /** In the system's own dialog, where there is one. */
  pick: NonNullable<AttachActs['machine']>['pick'] | undefined;
}) {
  const [folder, setFolder] = useState('');
  const [busy, setBusy] = useState(false);
  const start = async () => {
    setBusy(true);
    await onSend(t('home.reviewRequest'), { folder: folder.trim(), uploads: [] });
    setBusy(false);
  };
  return (
    <div className="first-request col col-16">
      <div className="col col-4">
        <h2>{t('home.empty')}</h2>
        <p className="prose-s sec">{t('home.emptyWhy')}</p>
      </div>
      <Card label={t('home.review')}>
        <CardHead lead={<Icon name="folder" />} title={t('home.review')} />
        <form
          className="card-body col col-12"
          onSubmit={(event) => {
            event.preventDefault();
            if (folder.trim() && !busy) void start();
          }}
        >
          <Field label={t('firstRun.folder')} hint={t('home.reviewWhat')}>
            <Input
              mono
              value={folder}
              spellCheck={false}
              placeholder={t('home.folderExample')}
              onChange={(event) => setFolder(event.target.value)}
            />
          </Field>
          <div className="row">
            <Button
              type="submit"
              kind="primary"
              busy={busy && t('home.reading')}
              reason={folder.trim() === '' ? t('home.folderFirst') : undefined}
            >
              {t('home.reviewStart')}
            </Button>
            {pick && (
              <Button icon="folder" onClick={() => void pick('folder').then(([path]) => path && setFolder(path))}>
                {t('home.chooseFolder')}
              </Button>
            )}
          </div>
        </form>
      </Card>
    </div>
  );
}
