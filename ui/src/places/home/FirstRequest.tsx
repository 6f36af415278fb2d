import { useState } from 'react';
import { Button } from '#ui/components/button/Button.tsx';
import { Card, CardHead } from '#ui/components/card/Card.tsx';
import { Field, Input } from '#ui/components/field/Field.tsx';
import { Icon } from '#ui/components/icon/Icon.tsx';
import { t } from '#ui/words/words.ts';

/** Nothing was asked yet: what happens with a request, and one that works on any folder without a model. */
export function FirstRequest({ onSend }: { onSend: (text: string, folder: string | null) => Promise<boolean> }) {
  const [folder, setFolder] = useState('');
  const [busy, setBusy] = useState(false);
  const start = async () => {
    setBusy(true);
    await onSend(t('home.reviewRequest'), folder.trim());
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
          </div>
        </form>
      </Card>
    </div>
  );
}
