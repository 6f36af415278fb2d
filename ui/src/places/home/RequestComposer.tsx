import { type DragEvent, useEffect, useEffectEvent, useId, useRef, useState } from 'react';
import { Button } from '#ui/components/button/Button.tsx';
import { classes } from '#ui/components/classes.ts';
import { Composer } from '#ui/components/composer/Composer.tsx';
import { Input } from '#ui/components/field/Field.tsx';
import { t } from '#ui/words/words.ts';
import { AttachedChips } from './AttachedChips.tsx';
import { droppedFiles } from './dropped.ts';
import type { AttachActs, HomeActs } from './model.ts';
import { useAttached } from './useAttached.ts';

/** A request in words, with the folder it is about if there is one, and files that it brings along. */
export function RequestComposer({
  onSend,
  attach,
  recent,
  onNaming,
}: {
  onSend: HomeActs['send'];
  attach: AttachActs | undefined;
  /** Folders that requests were about, offered while one is named. */
  recent: readonly string[];
  /** A folder begins or ceases to be named. */
  onNaming?: ((naming: boolean) => void) | undefined;
}) {
  const [folder, nameFolder] = useState<string | null>(null);
  const setFolder = (named: string | null) => {
    nameFolder(named);
    onNaming?.(named !== null);
  };
  const files = useAttached(attach, setFolder);
  const drop = useDrop(attach, files);
  const send = async (text: string) => {
    const taken = await onSend(text, { folder: folder?.trim() || null, uploads: files.given });
    if (taken) {
      setFolder(null);
      files.clear();
    }
    return taken;
  };
  return (
    <div className={classes('composer-drop', drop.over && 'is-over')} {...drop.handlers}>
      {drop.over && <span className="composer-over">{t('attach.drop')}</span>}
      <Composer
        label={t('home.request')}
        placeholder={t('home.placeholder')}
        sendWords={t('act.send')}
        onSend={send}
        reason={reasonOf(files.attached)}
        brings={<AttachedChips attached={files.attached} onRemove={files.remove} />}
        {...(attach && { onPasteFiles: files.addFiles })}
        foot={
          <>
            {attach && <AttachButton attach={attach} files={files} />}
            <FolderChoice folder={folder} recent={recent} pick={attach?.machine?.pick} onChange={setFolder} />
          </>
        }
      />
    </div>
  );
}

type Files = ReturnType<typeof useAttached>;

function reasonOf(attached: Files['attached']): string | undefined {
  if (attached.some((one) => one.error)) return t('attach.removeFirst');
  return attached.some((one) => !one.given) ? t('attach.wait') : undefined;
}

function AttachButton({ attach, files }: { attach: AttachActs; files: Files }) {
  const input = useRef<HTMLInputElement>(null);
  const { machine } = attach;
  const choose = () => {
    if (machine) void machine.pick('files').then(files.addPaths);
    else input.current?.click();
  };
  return (
    <>
      <Button kind="quiet" small icon="clip" title={t('attach.limits')} onClick={choose}>
        {t('attach.files')}
      </Button>
      {!machine && (
        <input
          ref={input}
          type="file"
          multiple
          hidden
          aria-label={t('attach.files')}
          onChange={({ target }) => {
            files.addFiles([...(target.files ?? [])]);
            // The same file once more is a change too.
            target.value = '';
          }}
        />
      )}
    </>
  );
}

function FolderChoice({
  folder,
  recent,
  pick,
  onChange,
}: {
  folder: string | null;
  recent: readonly string[];
  pick: NonNullable<AttachActs['machine']>['pick'] | undefined;
  onChange: (folder: string | null) => void;
}) {
  const known = useId();
  if (folder === null) {
    return (
      <>
        <Button kind="quiet" small icon="folder" onClick={() => onChange('')}>
          {t('home.folder')}
        </Button>
        <span className="push meta narrow-hide">{t('home.sendHint')}</span>
      </>
    );
  }
  return (
    <>
      <Input
        mono
        className="composer-folder"
        aria-label={t('home.folderLabel')}
        placeholder={t('home.folderExample')}
        value={folder}
        spellCheck={false}
        autoFocus
        list={known}
        onChange={(event) => onChange(event.target.value)}
      />
      <datalist id={known}>
        {recent.map((path) => (
          <option key={path} value={path} />
        ))}
      </datalist>
      {pick && (
        <Button small icon="folder" onClick={() => void pick('folder').then(([path]) => path && onChange(path))}>
          {t('home.chooseFolder')}
        </Button>
      )}
      <Button kind="quiet" small onClick={() => onChange(null)}>
        {t('home.noFolder')}
      </Button>
    </>
  );
}

const brings = (event: DragEvent) => event.dataTransfer.types.includes('Files');

/** Files dropped on the composer; on the desktop the shell tells of paths dropped anywhere on the window. */
function useDrop(attach: AttachActs | undefined, files: Files) {
  const [over, setOver] = useState(false);
  const onDrop = attach?.machine?.onDrop;
  const dropped = useEffectEvent((paths: readonly string[]) => files.addPaths(paths));
  useEffect(() => onDrop?.((paths) => dropped(paths)), [onDrop]);
  if (!attach || attach.machine) return { over: false, handlers: {} };
  return {
    over,
    handlers: {
      onDragOver: (event: DragEvent) => {
        if (!brings(event)) return;
        event.preventDefault();
        setOver(true);
      },
      onDragLeave: () => setOver(false),
      onDrop: (event: DragEvent) => {
        if (!brings(event)) return;
        event.preventDefault();
        setOver(false);
        void droppedFiles(event.dataTransfer).then(files.addFiles, () => files.addFiles([...event.dataTransfer.files]));
      },
    },
  };
}
