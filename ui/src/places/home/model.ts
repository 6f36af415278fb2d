import type { Reading } from '#ui/components/intent/Intent.tsx';
import type { MemberRef } from '#ui/components/member/member.ts';
import type { Status } from '#ui/components/status/statuses.ts';
import type { DueItem } from '#ui/places/inbox/model.ts';
import type { GivenFile } from '#ui/places/shared/given.ts';
import type { WorkplaceChoice, WorkplaceModel } from '#ui/places/shared/workplace.ts';
import type { Instant, MicroUsd, Span } from '#ui/words/format.ts';

/** How a request was read, and who read it. */
export interface ReadingModel {
  chosen: string;
  readings: readonly Reading[];
  /** Of the chosen one, 0 to 1. */
  sure: number;
  /** A model's name, or "classifier in Cadre": whoever answered is named. */
  reader: string;
  took?: Span;
  cost?: MicroUsd;
  goesTo?: MemberRef;
  /** What settles a question; null where nobody here could answer it. */
  answer?: string | null;
  /** Asked back, because the reader is not sure enough to act. */
  question?: { text: string; answers: readonly string[] };
  departments: { first: string; more: number };
  complexity: { value: number; of: number };
  due?: Instant;
  /** "hours", "weeks": how long it seems to take. */
  horizon?: string;
  /** What was assumed; may carry `<code>`. */
  assumptions?: string;
}

export interface PlanStepRow {
  id: string;
  name: string;
  status: Status;
  assignee: MemberRef;
  evidence: string;
  time: Span;
  cost: MicroUsd | null;
}

/** A plan as it stands in the conversation. */
export interface PlanCardModel {
  project: string;
  name: string;
  version: number;
  steps: number;
  newAgents: number;
  /** The first few; the rest are on the plan's page. */
  rows: readonly PlanStepRow[];
  workingDays?: number;
  /** From the first step's begin to the last one's end. */
  takes?: Span;
  approvals: number;
  cost: MicroUsd | null;
  limit?: MicroUsd;
  /** What an approval names. */
  hash?: string;
  summary?: string;
  /** Why it cannot be approved yet. */
  problems?: readonly string[];
  gaps?: readonly { step: string; capability: string }[];
  workplace?: WorkplaceModel;
}

export type TalkEntry =
  | {
      kind: 'said';
      id: string;
      by: MemberRef;
      you: boolean;
      at: Instant;
      text: string;
      folder?: string;
      attachments?: readonly GivenFile[];
    }
  | {
      kind: 'answered';
      id: string;
      by: MemberRef;
      at: Instant;
      planned?: { by: string; rounds: number; cost: MicroUsd };
      reading?: ReadingModel;
      text?: string;
      plan?: PlanCardModel;
      /** Read, and not planned yet. */
      mayPlan?: boolean;
      project?: TalkProject;
    };

/** What became of a request. `version` is set while its plan waits for approval. */
export interface TalkProject {
  id: string;
  name: string;
  status: Status;
  words: string;
  version?: number;
  /** How far it is, while it is under way. */
  progress?: { done: number; steps: number; now?: string };
  /** What came of it. */
  result?: { summary?: string; files: readonly { path: string; sha256: string }[] };
}

export interface RunningItem {
  id: string;
  name: string;
  status: Status;
  share: number;
  who: string;
  project: { id: string; name: string };
  cost?: MicroUsd;
}

export interface TodayModel {
  stepsDone: number;
  spent: MicroUsd;
  reserved: MicroUsd;
  withoutOutcome: MicroUsd;
  whileIdle: MicroUsd;
}

export interface HomeModel {
  talk: readonly TalkEntry[];
  /** How many requests before these can be shown next; absent if there are none. */
  earlier?: number;
  /** Absent, like what runs, while it is not known. */
  due?: readonly DueItem[];
  dueCount?: number;
  running?: readonly RunningItem[];
  runningCount?: number;
  /** Absent until spend is recorded. */
  today?: TodayModel;
}

export interface PlanCardActs {
  approvePlan: (project: string, version: number, hash: string) => void;
  askForChanges: (project: string) => void;
  openPlan: (project: string) => void;
  removeStep?: (step: string) => void;
  chooseWorkplace?: (mode: WorkplaceChoice) => void;
}

/** What a request is sent with beside its words. */
export interface Brought {
  folder: string | null;
  uploads: readonly GivenFile[];
}

/** What taking a file came to: the file as it is kept, or a folder that the request is about. */
export type Taken = { file: GivenFile } | { folder: string };

/** How files get to the host. Each rejects with the host's error. */
export interface AttachActs {
  upload: (file: File) => Promise<Taken>;
  /** By paths of this machine; absent in a browser. */
  machine?: {
    take: (path: string) => Promise<Taken>;
    pick: (kind: 'files' | 'folder') => Promise<readonly string[]>;
    onDrop: (dropped: (paths: readonly string[]) => void) => () => void;
  };
}

export interface HomeActs {
  /** Of plans that stand in the model itself. */
  plan?: PlanCardActs;
  /** Whether it was taken. */
  send: (text: string, brought: Brought) => Promise<boolean>;
  attach?: AttachActs;
  correctReading: (entry: string, reading: string) => void;
  changeAssumptions?: (entry: string) => void;
  planIt: (entry: string) => void;
  showEarlier?: () => void;
  stopEverything: () => void;
}
