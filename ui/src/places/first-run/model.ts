import type { Status } from '#ui/components/status/statuses.ts';
import type { MicroUsd } from '#ui/words/format.ts';

export interface FoundThing {
  id: string;
  name: string;
  status: Status;
  line: string;
  /** On or off; absent where something has to be done first. */
  used?: boolean;
  /** What has to be done first. */
  act?: string;
}

export interface StarterPack {
  id: string;
  name: string;
  line: string;
}

export interface FirstRunModel {
  name: string;
  folder: string;
  /** What will lie there, and how much room there is. */
  folderLine: string;
  folderError?: string;
  packs: readonly StarterPack[];
  pack: string;
  askFirst: boolean;
  dayLimit: MicroUsd;
  /** null while it looks. */
  found: readonly FoundThing[] | null;
  lookedFor?: number;
}

export interface FirstRunActs {
  rename: (name: string) => void;
  moveTo: (folder: string) => void;
  chooseFolder: () => void;
  choosePack: (pack: string) => void;
  askFirst: (on: boolean) => void;
  limitDay: (limit: MicroUsd) => void;
  use: (thing: string, on: boolean) => void;
  act: (thing: string) => void;
  open: (request: string) => void;
}
