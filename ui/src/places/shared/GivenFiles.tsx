import { useState } from 'react';
import { Button } from '#ui/components/button/Button.tsx';
import { Dialog } from '#ui/components/dialog/Dialog.tsx';
import { Icon } from '#ui/components/icon/Icon.tsx';
import { TextLines } from '#ui/components/lines/Lines.tsx';
import { SealText } from '#ui/components/seal/Seal.tsx';
import { useOperation } from '#ui/ipc/operations.ts';
import { bytes } from '#ui/words/format.ts';
import { oneLine, visible } from '#ui/words/visible.ts';
import { t } from '#ui/words/words.ts';
import { Answered } from './Answered.tsx';
import type { GivenFile } from './given.ts';

/** Files that a request brought along; each shows what it says when it is chosen. */
export function GivenFiles({ request, files }: { request: string; files: readonly GivenFile[] }) {
  const [shown, setShown] = useState<GivenFile | null>(null);
  return (
    <>
      <ul className="chips" aria-label={t('attach.given')}>
        {files.map((file) => (
          <li key={`${file.sha256} ${file.name}`}>
            <button type="button" className="chip" onClick={() => setShown(file)}>
              <Icon name="file" size={12} />
              <span className="cut">{oneLine(file.name)}</span>
              <span className="meta">{bytes(file.bytes)}</span>
            </button>
          </li>
        ))}
      </ul>
      {shown && <FileDialog request={request} file={shown} onClose={() => setShown(null)} />}
    </>
  );
}

function FileDialog({ request, file, onClose }: { request: string; file: GivenFile; onClose: () => void }) {
  const read = useOperation('request.attachment', { request, sha256: file.sha256 });
  return (
    <Dialog
      open
      wide
      onClose={onClose}
      title={oneLine(file.name)}
      foot={<Button onClick={onClose}>{t('act.close')}</Button>}
    >
      <p className="row meta">
        {bytes(file.bytes)} <SealText hex={file.sha256} />
      </p>
      <Answered query={read}>
        {({ text, cut }) =>
          text === null ? (
            <p>{t('attach.noText')}</p>
          ) : (
            <>
              <Said name={file.name} text={text} />
              {cut && <p className="meta">{t('attach.cut')}</p>}
            </>
          )
        }
      </Answered>
    </Dialog>
  );
}

function Said({ name, text }: { name: string; text: string }) {
  const lines = visible(text).split('\n');
  return (
    <div className="card given-text">
      <TextLines label={oneLine(name)} lines={lines} />
    </div>
  );
}
