import type { Fact } from '#ui/components/facts/Facts.tsx';
import type { Span as TimeSpan } from '#ui/components/lanes/laneScale.ts';
import type { MemberRef } from '#ui/components/member/member.ts';
import type { GraphStep } from '#ui/components/plan-node/PlanGraph.tsx';
import type { Status } from '#ui/components/status/statuses.ts';
import type { ProjectTab } from '#ui/paths.ts';
import type { WorkplaceChoice, WorkplaceModel } from '#ui/places/shared/workplace.ts';
import type { Instant, MicroUsd, Span as TimeLength } from '#ui/words/format.ts';

/** A row of the list; a subproject stands under its parent and shares its budget. */
export interface ProjectRow {
  id: string;
  name: string;
  status: Status;
  /** "Running", "Mon 08:00": where it stands, in a word. */
  standing: string;
  /** Only what is wrong has a status. */
  health: { status?: Status; text: string };
  department: string;
  owner?: MemberRef;
  type?: string;
  done: number;
  steps: number;
  due?: string;
  late?: boolean;
  /** Absent until spend is recorded. */
  spent?: MicroUsd;
  /** Absent for a subproject: it spends from its parent's. */
  limit?: MicroUsd;
  parent?: string;
}

export interface ProjectsModel {
  /** Absent until dates are planned. */
  lanes?: readonly ProjectLane[];
  rows: readonly ProjectRow[];
  openCount: number;
  doneCount: number;
  totals: { running: number; attention: number; done: number; steps: number; spent?: MicroUsd; limit?: MicroUsd };
}

/** What the head of every tab of a project shows. */
export interface ProjectHead {
  id: string;
  name: string;
  status: Status;
  /** In place of the status's own word. */
  statusWords?: string;
  files?: number;
  /** Those that have something to show; all of them when absent. */
  tabs?: readonly ProjectTab[];
  /** The worst thing that asks for attention. */
  banner?: { status: Status; lead: string; text: string; act: string; href: string };
}

export interface PlanStepDetail {
  id: string;
  number: number;
  kind: string;
  name: string;
  text: string;
  assignee: MemberRef;
  assigneeNote?: string;
  /** What the plan cannot do yet, and what is proposed; may carry `<code>` and `<em>`. */
  gap?: { lead: string; text: string; facts: readonly Fact[]; file: string };
  evidence: readonly { icon: 'file' | 'term' | 'list'; text: string }[];
  estimate: readonly { label: string; value: string; note?: string }[];
  dependsOn: readonly { id: string; status: Status; name: string }[];
}

export interface PlanModel {
  version: number;
  versions: readonly number[];
  /** Where this version stands, when it is not the one to decide on. */
  note?: string;
  problems?: readonly string[];
  gaps?: readonly { step: string; capability: string }[];
  assumptions?: readonly string[];
  risks?: readonly { risk: string; mitigation: string }[];
  summary?: string;
  workplace?: WorkplaceModel;
  drafted?: { at: Instant; rounds: number; cost: MicroUsd };
  steps: readonly GraphStep[];
  columnNames: readonly string[];
  details: Readonly<Record<string, PlanStepDetail>>;
  compared?: {
    from: number;
    to: number;
    words: string;
    added: number;
    changed: number;
    removed: number;
    rows: readonly { id: string; step: string; before: string; after: string; why: string; cost: MicroUsd }[];
  };
  cost: MicroUsd | null;
  limit?: MicroUsd;
  time?: { days: number; until: Instant };
  takes?: TimeLength;
  needs?: string;
  hash: string;
  approved?: { have: number; need: number; by: readonly MemberRef[] };
}

export interface PlanActs {
  chooseVersion: (version: number) => void;
  compare?: () => void;
  addStep?: () => void;
  changeAssignee?: (step: string) => void;
  removeStep?: (step: string) => void;
  /** Absent where there is nothing to decide. */
  approve?: (version: number, hash: string) => void;
  askForChanges?: () => void;
  chooseWorkplace?: (mode: WorkplaceChoice) => void;
}

export interface FilesModel {
  files: readonly {
    path: string;
    mark: 'A' | 'M' | 'D';
    added?: number;
    removed?: number;
    /** Its effect; the path is not enough where a file was written twice. */
    id?: string;
    step?: string;
    by?: MemberRef;
    at: Instant;
    standing?: { status: Status; words: string };
    undoable?: boolean;
  }[];
  worktree?: string;
}

/** One bar of the days and weeks; expected ones are dashed. */
export interface ProjectBar extends TimeSpan {
  id: string;
  status: Status;
  text: string;
  expected?: boolean;
}

export interface ProjectLane {
  id: string;
  name: string;
  status: Status;
  sub: boolean;
  bars: readonly ProjectBar[];
  due?: { at: Instant; text: string; late: boolean };
}
