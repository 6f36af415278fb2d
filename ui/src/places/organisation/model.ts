import type { Fact } from '#ui/components/facts/Facts.tsx';
import type { MemberRef } from '#ui/components/member/member.ts';
import type { OrgMember } from '#ui/components/org-chart/orgLayout.ts';
import type { Status } from '#ui/components/status/statuses.ts';
import type { Instant, MicroUsd } from '#ui/words/format.ts';

export const ORGANISATION_TABS = ['chart', 'workforce', 'absences', 'packs'] as const;
export type OrganisationTab = (typeof ORGANISATION_TABS)[number];

/** An agent on its way into the organisation, stage by stage. */
export interface BuildingAgent {
  agent: MemberRef;
  line: string;
  cost: MicroUsd;
  limit: MicroUsd;
  left: string;
  stages: readonly { id: string; name: string; status: Status }[];
}

export interface MemberDetail {
  member: MemberRef;
  line: string;
  status: Status;
  statusWords: string;
  /** Kind and tier of an agent; empty for a person. */
  tags: readonly string[];
  now?: readonly { id: string; name: string; status: Status; share?: number; meta: string; href?: string }[];
  /** What waits for a person because of it. */
  waits?: readonly { id: string; name: string; at: Instant }[];
  /** In its own file's words. */
  description?: string;
  /** What it is told before each run: Markdown, shown as it is. */
  context?: string;
  budget?: {
    period: string;
    spent: MicroUsd;
    reserved: MicroUsd;
    limit: MicroUsd;
    withoutOutcome: MicroUsd;
    whileIdle: MicroUsd;
  };
  record?: readonly Fact[];
  /** What the organisation knows of it. */
  about?: readonly Fact[];
  capabilities?: readonly string[];
  /** What it may do; values may carry `<code>`. */
  may?: readonly { label: string; value: string }[];
  file?: { path: string; version: number | string; since: Instant; changedBy?: string };
}

export interface OrganisationModel {
  counts: { people: number; agents: number; departments: number };
  tabs: Partial<Record<OrganisationTab, number>>;
  /** Those that have something to show; all of them when absent. */
  parts?: readonly OrganisationTab[];
  members: readonly OrgMember[];
  building?: BuildingAgent;
}

export interface WorkforceRow {
  member: MemberRef;
  status: Status;
  statusWords: string;
  department: string;
  load?: { running: number; limit: number };
  done: number;
  of: number;
  sentBack: number;
  perStep: MicroUsd | null;
  spent: MicroUsd;
}

export interface OrganisationActs {
  choose: (id: string) => void;
  /** Absent acts are not offered. */
  addPerson?: () => void;
  newAgent?: () => void;
  delegate?: (id: string) => void;
  pause?: (id: string) => void;
  improve?: (id: string) => void;
  openFile?: (id: string) => void;
  readFiles?: () => void;
  /** The files are being read. */
  reading?: boolean;
}
