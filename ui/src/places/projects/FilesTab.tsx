import { useState } from 'react';
import { Diff } from '#ui/components/diff/Diff.tsx';
import { toasts } from '#ui/components/toast/toasts.ts';
import type { EffectDto, ProjectDto } from '#ui/ipc/bindings.ts';
import { useCommand, useOperation } from '#ui/ipc/operations.ts';
import { diffOf } from '#ui/places/inbox/exactly.ts';
import { Answered, Refused } from '#ui/places/shared/Answered.tsx';
import type { People } from '#ui/places/shared/members.ts';
import { t } from '#ui/words/words.ts';
import { FilesView } from './FilesView.tsx';
import { filesOf } from './fromProject.ts';
import type { ProjectHead } from './model.ts';

/** What the project changed, each change line by line, and the way back. */
export function FilesTab({
  head,
  project,
  effects,
  people,
}: {
  head: ProjectHead;
  project: ProjectDto;
  effects: readonly EffectDto[];
  people: People;
}) {
  const [picked, setPicked] = useState<string | null>(null);
  const undo = useCommand('effect.undo');
  const undoAll = useCommand('effect.undo_all');
  const model = filesOf(effects, project, people);
  const chosen = model.files.find((file) => file.id === picked)?.id ?? model.files[0]?.id ?? null;
  return (
    <FilesView
      head={head}
      model={model}
      chosen={chosen}
      onChoose={setPicked}
      shown={chosen !== null && <ShownChange key={chosen} effect={chosen} />}
      refused={<Refused errors={[undo.error, undoAll.error]} />}
      acts={{
        undoing: undo.isPending ? undo.variables.effect : null,
        undo: (effect) => undo.mutate({ effect }),
        undoAll: () =>
          undoAll.mutate(
            { project: project.id },
            {
              onSuccess: ({ undone }) => toasts.show({ status: 'done', text: t('files.undone', { count: undone }) }),
            },
          ),
      }}
    />
  );
}

function ShownChange({ effect }: { effect: string }) {
  const diff = useOperation('effect.diff', { effect });
  return <Answered query={diff}>{(data) => data.map((one) => <Diff key={one.path} diff={diffOf(one)} />)}</Answered>;
}
