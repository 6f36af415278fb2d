import type { Vote } from '#ui/components/approval/Approval.tsx';
import type { FileDiff } from '#ui/components/diff/Diff.tsx';
import type { Fact } from '#ui/components/facts/Facts.tsx';
import type { MemberRef } from '#ui/components/member/member.ts';
import type { Status } from '#ui/components/status/statuses.ts';
import type { Instant, MicroUsd } from '#ui/words/format.ts';

/** What an effect does to the world outside the store. */
export type EffectClass = 'read' | 'write' | 'run' | 'network' | 'delete' | 'push' | 'post' | 'spend';

interface Entry {
  id: string;
  title: string;
  at: Instant;
}

/** One thing that waits for you. */
export type DueItem = Entry &
  (
    | {
        kind: 'approval';
        asker: MemberRef;
        effect: EffectClass;
        most: MicroUsd | null;
        approvals?: { have: number; need: number };
        note?: string;
      }
    | { kind: 'unknown'; asker: MemberRef; effect: EffectClass; amount: MicroUsd | null; note?: string }
    | { kind: 'plan'; asker?: MemberRef; steps: number; cost: MicroUsd | null }
    | { kind: 'question'; asker: MemberRef; waiting: number }
    /** Work, guidance, a result, a failure or a changed agent: what it is says the line. */
    | { kind: 'person'; status: Status; line: string }
  );

/** Waits, but for somebody else: shown so that nobody wonders. */
export type OthersItem = Entry & { waitsFor: string };

export type DecidedItem = Entry & { outcome: 'approved' | 'denied' | 'answered'; line: string };

export interface InboxModel {
  due: readonly DueItem[];
  others: readonly OthersItem[];
  decided: readonly DecidedItem[];
}

/** Where an item comes from: project, step, run. */
export interface Origin {
  project: { id: string; name: string };
  step?: { number?: number; name: string };
  run?: number;
}

export type BoundPartModel =
  /** `words`: the program and its arguments, each so that its end is seen. */
  | { kind: 'command'; words: readonly string[]; folder: string; limits: readonly { label: string; value: string }[] }
  | { kind: 'diff'; diff: FileDiff; rows?: number }
  | { kind: 'data'; name: string; text: string; bytes?: number }
  /** Its lines are still being compared. */
  | { kind: 'loading'; name: string };

export type ApprovalDecision = 'approve' | 'deny' | 'edit' | 'changes' | 'always';

export interface ApprovalDetail {
  kind: 'approval';
  id: string;
  title: string;
  origin?: Origin;
  /** Absent where one person decides alone. */
  votes?: { have: number; need: number; of: number; each: readonly Vote[] };
  effects: readonly EffectClass[];
  outsideFolder: boolean;
  canUndo: boolean;
  expires?: Instant;
  /** Cannot be taken back: asked twice. Absent: as the effects say. */
  grave?: boolean;
  asker?: MemberRef;
  device: string;
  most?: MicroUsd | null;
  facts?: readonly Fact[];
  budgetLeft?: { left: MicroUsd; of: MicroUsd };
  hash: string;
  bytes: number;
  parts: readonly BoundPartModel[];
  /** What stands there is not what the change was proposed for: approving would change nothing. */
  stale?: string;
  /** Why the policy asks; may carry `<em>` and `<code>`. */
  why: string;
  /** What follows from Approve; may carry `<code>`. */
  next: string;
  /** What may be decided here. */
  allowed: readonly ApprovalDecision[];
  /** What a standing rule would allow from now on; absent where no rule can. */
  rule?: string;
  /** What an edit starts from. */
  content?: string;
  /** Whose approval an edit would void. */
  editVoids?: string;
}

export interface AnswerOption {
  id: string;
  name: string;
  facts: readonly Fact[];
}

export interface QuestionDetail {
  kind: 'question';
  id: string;
  title: string;
  origin: Origin;
  asker: MemberRef;
  at: Instant;
  waiting: string;
  text: string;
  options: readonly AnswerOption[];
  waits: readonly { id: string; step: string; status: Status; assignee: MemberRef; what: string }[];
  /** Who gets it, and when, if nobody answers. */
  escalation?: { at: Instant; to: MemberRef; why: string };
}

export interface UnknownDetail {
  kind: 'unknown';
  id: string;
  title: string;
  origin?: Origin;
  effect?: EffectClass;
  /** What is known of how it went. */
  story: string;
  facts: readonly Fact[];
  hash: string;
  request: string;
  trace: readonly string[];
  looked?: readonly { id: string; at: string; result: string; meaning: string }[];
  ifHappened: string;
  ifNot: string;
}

/** One way to decide; `words` says whether it is told in words as well. */
export interface PersonDecision {
  id: string;
  name: string;
  words: 'none' | 'optional' | 'required';
  kind: 'primary' | 'secondary' | 'danger';
  /** What is asked for in words. */
  asks?: string;
  key?: 'approve' | 'deny' | 'askForChanges';
}

/** Work for a person, a question before a step, a result to accept, a failure, an agent that would change. */
export interface PersonDetail {
  kind: 'person';
  id: string;
  title: string;
  status: Status;
  /** "Work for a person". */
  what: string;
  /** What deciding means here. */
  next: string;
  origin?: Origin;
  at: Instant;
  why?: string;
  instructions?: string;
  facts: readonly Fact[];
  hash?: string;
  /** In what ways an agent could do more than before. */
  widens?: readonly string[];
  /** What changes, to be looked at whole before it is approved. */
  parts?: readonly BoundPartModel[];
  /** What the step came to, where its result is to be accepted. */
  summary?: string;
  artifacts?: readonly { path: string; sha256: string }[];
  decisions: readonly PersonDecision[];
}

/** A plan that waits: it is decided on where it stands. */
export interface PlanDetail {
  kind: 'plan';
  id: string;
  title: string;
  project: string;
  origin?: Origin;
  at: Instant;
  summary: string;
  facts: readonly Fact[];
  hash: string;
}

export type InboxDetail = ApprovalDetail | QuestionDetail | UnknownDetail | PersonDetail | PlanDetail;

export type InboxFilter = 'all' | 'approvals' | 'questions' | 'unknown';

export interface InboxActs {
  choose: (id: string | null) => void;
  approve: (id: string, hash: string) => void;
  deny: (id: string, hash: string, reason: string) => void;
  edit: (id: string, hash: string, content: string) => void;
  askForChanges: (id: string, hash: string, words: string) => void;
  alwaysAllow: (id: string, hash: string) => void;
  decide: (id: string, decision: string, words: string | null) => void;
  answer: (id: string, answer: { option: string | null; words: string }) => void;
  pass?: (id: string) => void;
  settle: (id: string, outcome: 'happened' | 'didNotHappen' | 'lookAgain') => void;
  decideSeveral?: () => void;
}
