import type { MemberRef } from '#ui/components/member/member.ts';
import type { Status } from '#ui/components/status/statuses.ts';
import type { Instant, MicroUsd } from '#ui/words/format.ts';

/** What the window around every place shows. Absent parts are not known yet and are left out, never guessed. */
export interface FrameModel {
  workspace: string;
  /** Who sits here, and in which role. */
  you?: { member: MemberRef; role: string };
  /** What waits for you in the Inbox. */
  due?: number;
  projects?: number;
  pinned: readonly { id: string; name: string; status: Status }[];
  history?:
    | { status: 'verified'; at: Instant }
    | { status: 'broken'; entry: number }
    | { status: 'checking' }
    | undefined;
  running?: number;
  today?: { spent: MicroUsd; reserved: MicroUsd; limit: MicroUsd };
  device?: { name: string; here: boolean };
  sandbox?: 'contained' | 'partly' | 'none';
  data?: { kind: 'file'; bytes: number } | { kind: 'postgres'; host: string };
  /** Steps that wait for a network; absent while there is one. */
  offline?: { waiting: number };
}

export const EMPTY_FRAME: FrameModel = { workspace: 'Cadre', pinned: [] };
