import { useState } from 'react';
import { Button } from '#ui/components/button/Button.tsx';
import { Composer } from '#ui/components/composer/Composer.tsx';
import { Input } from '#ui/components/field/Field.tsx';
import { t } from '#ui/words/words.ts';

/** A request in words, with the folder it is about if there is one. */
export function RequestComposer({ onSend }: { onSend: (text: string, folder: string | null) => Promise<boolean> }) {
  const [folder, setFolder] = useState<string | null>(null);
  const send = async (text: string) => {
    const taken = await onSend(text, folder?.trim() ? folder.trim() : null);
    if (taken) setFolder(null);
    return taken;
  };
  return (
    <Composer
      label={t('home.request')}
      placeholder={t('home.placeholder')}
      sendWords={t('act.send')}
      onSend={send}
      foot={
        folder === null ? (
          <>
            <Button kind="quiet" small icon="folder" onClick={() => setFolder('')}>
              {t('home.folder')}
            </Button>
            <span className="push meta narrow-hide">{t('home.sendHint')}</span>
          </>
        ) : (
          <>
            <Input
              mono
              className="composer-folder"
              aria-label={t('home.folderLabel')}
              placeholder={t('home.folderExample')}
              value={folder}
              spellCheck={false}
              autoFocus
              onChange={(event) => setFolder(event.target.value)}
            />
            <Button kind="quiet" small onClick={() => setFolder(null)}>
              {t('home.noFolder')}
            </Button>
          </>
        )
      }
    />
  );
}
