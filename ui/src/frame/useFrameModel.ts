import type { StatusDto } from '#ui/ipc/bindings.ts';
import { useOperation } from '#ui/ipc/operations.ts';
import { EMPTY_FRAME, type FrameModel } from './model.ts';

/** What the window shows around every place, as far as the host tells it. The rest stays out of sight. */
export function useFrameModel(): FrameModel {
  const { data } = useOperation('system.status', {});
  return data ? frameOf(data) : EMPTY_FRAME;
}

const LEVELS = ['contained', 'partly', 'none'] as const;

export function frameOf(status: StatusDto): FrameModel {
  const sandbox = LEVELS.find((level) => level === status.containment);
  return {
    workspace: status.workspace,
    pinned: [],
    due: status.waiting,
    running: status.running,
    ...(sandbox && { sandbox }),
  };
}
