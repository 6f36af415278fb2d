import { useNavigate, useParams } from '@tanstack/react-router';
import type { DecideInput } from '#ui/ipc/bindings.ts';
import { useCommand, useOperation } from '#ui/ipc/operations.ts';
import { Answered, Refused, Unread } from '#ui/places/shared/Answered.tsx';
import { peopleOf } from '#ui/places/shared/members.ts';
import { detailOf, dueOf, hasDiff } from './fromInbox.ts';
import { InboxView } from './InboxView.tsx';

type Said = Partial<Omit<DecideInput, 'item' | 'decision'>>;

export default function InboxPage() {
  const navigate = useNavigate();
  const { item: asked } = useParams({ strict: false });
  const inbox = useOperation('inbox.list', {});
  const members = useOperation('member.list', {});
  const people = peopleOf(members.data);
  const decide = useCommand('inbox.decide');
  const choose = (item: string | null) => {
    decide.reset();
    void (item === null ? navigate({ to: '/inbox' }) : navigate({ to: '/inbox/$item', params: { item } }));
  };
  const say = (item: string, decision: string, said: Said = {}) => {
    if (decide.isPending) return;
    decide.mutate(
      { item, decision, text: null, action_hash: null, content: null, ...said },
      // What waits next stands where this stood.
      { onSuccess: () => void navigate({ to: '/inbox' }) },
    );
  };
  const chosen = asked ?? inbox.data?.[0]?.id ?? null;
  const item = inbox.data?.find((one) => one.id === chosen);
  const diff = useOperation(
    'inbox.diff',
    { item: chosen ?? '' },
    // What stands in a folder changes without an event: it is looked at each time.
    { enabled: item !== undefined && hasDiff(item), fresh: true },
  );
  return (
    <Answered query={inbox}>
      {(items) => (
        <>
          <Unread queries={[members]} />
          <InboxView
            model={{ due: items.map((one) => dueOf(one, people)), others: [], decided: [] }}
            chosen={chosen}
            first={asked === undefined}
            gone={chosen !== null && !item}
            detail={item ? detailOf(item, people, diff.data) : null}
            refused={
              (decide.error ?? diff.error) && (
                <div className="pad-s">
                  <Refused errors={[decide.error, diff.error]} />
                </div>
              )
            }
            acts={{
              choose,
              approve: (id, hash) => say(id, 'approve', { action_hash: hash }),
              deny: (id, hash, reason) => say(id, 'deny', { action_hash: hash, text: reason || null }),
              edit: (id, hash, content) => say(id, 'edit', { action_hash: hash, content }),
              askForChanges: (id, hash, words) => say(id, 'changes', { action_hash: hash, text: words }),
              alwaysAllow: (id, hash) => say(id, 'always', { action_hash: hash }),
              decide: (id, decision, words) =>
                say(id, decision, { text: words, action_hash: item?.action_hash ?? null }),
              answer: (id, { words }) => say(id, 'answer', { text: words }),
              settle: (id, outcome) =>
                say(id, { happened: 'happened', didNotHappen: 'did_not', lookAgain: 'look_again' }[outcome], {
                  action_hash: item?.action_hash ?? null,
                }),
            }}
          />
        </>
      )}
    </Answered>
  );
}
