import { useRef, useState } from 'react';
import { CallError } from '#ui/ipc/errors.ts';
import type { GivenFile } from '#ui/places/shared/given.ts';
import type { AttachActs, Taken } from './model.ts';

/** A file on its way into a request: being taken, taken, or refused. */
export interface Attached {
  id: number;
  name: string;
  bytes: number | null;
  given: GivenFile | null;
  error: CallError | null;
}

/** What a request that is being written will bring along. */
export function useAttached(acts: AttachActs | undefined, onFolder: (path: string) => void) {
  const [attached, setAttached] = useState<readonly Attached[]>([]);
  const next = useRef(0);
  const add = (name: string, bytes: number | null, taking: Promise<Taken>) => {
    next.current += 1;
    const id = next.current;
    setAttached((before) => [...before, { id, name, bytes, given: null, error: null }]);
    const change = (to: Partial<Attached>) =>
      setAttached((before) => before.map((one) => (one.id === id ? { ...one, ...to } : one)));
    taking.then(
      (taken) => {
        if ('file' in taken) change({ given: taken.file, name: taken.file.name, bytes: taken.file.bytes });
        else {
          setAttached((before) => before.filter((one) => one.id !== id));
          onFolder(taken.folder);
        }
      },
      (thrown: unknown) => change({ error: CallError.from(thrown) }),
    );
  };
  return {
    attached,
    /** The taken ones, each content once. */
    given: [
      ...new Map(
        attached.flatMap((one) => (one.given ? [[`${one.given.sha256} ${one.name}`, one.given]] : [])),
      ).values(),
    ],
    addFiles: (files: readonly File[]) => {
      if (acts) for (const file of files) add(file.name, file.size, acts.upload(file));
    },
    addPaths: (paths: readonly string[]) => {
      const { machine } = acts ?? {};
      if (machine) for (const path of paths) add(path.split(/[/\\]/).at(-1) ?? path, null, machine.take(path));
    },
    remove: (id: number) => setAttached((before) => before.filter((one) => one.id !== id)),
    clear: () => setAttached([]),
  };
}
