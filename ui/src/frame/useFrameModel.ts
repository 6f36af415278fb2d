import type { BudgetDto, StatusDto, VerificationDto } from '#ui/ipc/bindings.ts';
import { useOperation } from '#ui/ipc/operations.ts';
import { microDollars } from '#ui/words/dollars.ts';
import { EMPTY_FRAME, type FrameModel } from './model.ts';

/** What the window shows around every place, as far as the host tells it. The rest stays out of sight. */
export function useFrameModel(): FrameModel {
  const { data } = useOperation('system.status', {});
  // Shown once somebody asked for it; checking every byte is never started by drawing a window.
  const verify = useOperation('ledger.verify', {}, { enabled: false });
  const budgets = useOperation('budget.list', { project: null });
  if (!data) return EMPTY_FRAME;
  const history = historyOf(verify.data, verify.dataUpdatedAt, verify.isFetching);
  return { ...frameOf(data), ...(history && { history }), ...todayOf(budgets.data) };
}

const LEVELS = ['contained', 'partly', 'none'] as const;

export function frameOf(status: StatusDto): FrameModel {
  const sandbox = LEVELS.find((level) => level === status.containment);
  return {
    workspace: folderName(status.workspace),
    pinned: [],
    due: status.waiting,
    running: status.running,
    ...(sandbox && { sandbox }),
  };
}

/** What models cost today, once anything is known of it. */
function todayOf(budgets: readonly BudgetDto[] | undefined): Pick<FrameModel, 'today'> {
  const day = budgets?.find((budget) => budget.scope === 'day');
  const [spent, limit] = [microDollars(day?.charged_usd ?? ''), microDollars(day?.most_usd ?? '')];
  return spent === null || limit === null ? {} : { today: { spent, reserved: 0, limit } };
}

/** The last part of the workspace's path; the whole one stands under System. */
export function folderName(path: string): string {
  return path.split(/[/\\]/).findLast((part) => part !== '') ?? path;
}

function historyOf(report: VerificationDto | undefined, at: number, checking: boolean): FrameModel['history'] {
  if (checking) return { status: 'checking' };
  if (!report) return undefined;
  return report.verified
    ? { status: 'verified', at }
    : { status: 'broken', entry: report.findings.find((finding) => finding.entry !== null)?.entry ?? 0 };
}
