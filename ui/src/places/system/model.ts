import type { Beat } from '#ui/components/beats/Beats.tsx';
import type { MemberRef } from '#ui/components/member/member.ts';
import type { Status } from '#ui/components/status/statuses.ts';
import type { Instant, MicroUsd, Span } from '#ui/words/format.ts';

export interface ServiceRow {
  id: string;
  name: string;
  status: Status;
  kind: string;
  version: string;
  beats: readonly Beat[];
  /** How long since the last heartbeat. */
  last: Span;
  inUse: { used: number; of: number };
  state: string;
}

export interface DeviceRow {
  id: string;
  name: string;
  here: boolean;
  status: Status;
  last: Span | null;
  line: string;
}

export interface CredentialRow {
  id: string;
  name: string;
  /** Who has a grant; one chip when it is one member. */
  users: MemberRef | string;
  lastUse: Instant | null;
}

export interface ModelRow {
  id: string;
  name: string;
  tier: 'strong' | 'base' | 'weak';
  /** Dollars for a million tokens in and out; null when nobody knows, 'local' when it costs nothing. */
  price: { input: number; output: number } | 'local' | null;
  window: number;
  today: MicroUsd;
}

export interface LedgerRow {
  entry: number;
  at: Instant;
  what: string;
  who: string;
  hash: string;
}

export interface SystemModel {
  services: readonly ServiceRow[];
  devices: readonly DeviceRow[];
  credentials: readonly CredentialRow[];
  usesToday: number;
  models: readonly ModelRow[];
  ledger: { verified: Instant | null; newest: readonly LedgerRow[] };
}

export interface SystemActs {
  checkAll: () => void;
  addService: () => void;
  addCredential: () => void;
  revoke: (credential: string) => void;
  editPrices: () => void;
  verify: () => void;
}
