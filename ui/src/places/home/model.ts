import type { Reading } from '#ui/components/intent/Intent.tsx';
import type { MemberRef } from '#ui/components/member/member.ts';
import type { Status } from '#ui/components/status/statuses.ts';
import type { DueItem } from '#ui/places/inbox/model.ts';
import type { Instant, MicroUsd, Span } from '#ui/words/format.ts';

/** How a request was read, and who read it. */
export interface ReadingModel {
  chosen: string;
  readings: readonly Reading[];
  /** Of the chosen one, 0 to 1. */
  sure: number;
  /** A model's name, or "classifier in Cadre": whoever answered is named. */
  reader: string;
  took: Span;
  cost: MicroUsd;
  goesTo: MemberRef;
  departments: { first: string; more: number };
  complexity: { value: number; of: number };
  due?: Instant;
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
  cost: MicroUsd;
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
  workingDays: number;
  approvals: number;
  cost: MicroUsd;
  limit: MicroUsd;
}

export type TalkEntry =
  | { kind: 'said'; id: string; by: MemberRef; you: boolean; at: Instant; text: string }
  | {
      kind: 'answered';
      id: string;
      by: MemberRef;
      at: Instant;
      planned?: { by: string; rounds: number; cost: MicroUsd };
      reading?: ReadingModel;
      text?: string;
      plan?: PlanCardModel;
    };

export interface RunningItem {
  id: string;
  name: string;
  status: 'run' | 'build';
  share: number;
  who: string;
  project: { id: string; name: string };
  cost: MicroUsd;
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
  due: readonly DueItem[];
  dueCount: number;
  running: readonly RunningItem[];
  runningCount: number;
  today: TodayModel;
}

export interface HomeActs {
  send: (text: string) => void;
  attach: () => void;
  correctReading: (entry: string, reading: string) => void;
  changeAssumptions: (entry: string) => void;
  approvePlan: (project: string, version: number) => void;
  askForChanges: (project: string) => void;
  openPlan: (project: string) => void;
  pauseAll: () => void;
}
