import { expect, test, vi } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import { Window } from '#ui/frame/Window.tsx';
import { CLOCK } from '#ui/gallery/fixtures/clock.ts';
import { FRAME } from '#ui/gallery/fixtures/frame.ts';
import { APPROVAL_DETAIL, INBOX, INBOX_ACTS, UNKNOWN_DETAIL } from '#ui/gallery/fixtures/inbox.ts';
import { draw } from '#ui/testing/draw.tsx';
import { InboxView } from './InboxView.tsx';
import type { ApprovalDetail, InboxDetail } from './model.ts';

async function open(detail: InboxDetail) {
  // Smaller than the window around the frame: what lies outside that one counts as out of view.
  await page.viewport(1200, 640);
  const acts = { ...INBOX_ACTS, choose: vi.fn(), approve: vi.fn(), deny: vi.fn(), settle: vi.fn() };
  await draw(
    <Window frame={FRAME} place="inbox" onFind={() => {}}>
      <InboxView model={INBOX} chosen={detail.id} detail={detail} acts={acts} />
    </Window>,
    CLOCK,
  );
  return acts;
}

const approve = () => page.getByRole('button', { name: /^Approve/ }).last();

/** How much fits into the window depends on the machine's fonts. */
function lookAtTheEnd() {
  page
    .getByRole('heading', { name: /^Approvers/ })
    .element()
    .scrollIntoView();
}

test('A approves what is shown, with the hash that was shown', async () => {
  const acts = await open(APPROVAL_DETAIL);
  lookAtTheEnd();
  await expect.element(approve()).toBeEnabled();
  await userEvent.keyboard('a');
  expect(acts.approve.mock.calls).toEqual([['a1', APPROVAL_DETAIL.hash]]);
});

test('Approve stays off until the end of every part was in view', async () => {
  const long: ApprovalDetail = {
    ...APPROVAL_DETAIL,
    parts: [
      { kind: 'data', name: 'Message', text: Array.from({ length: 200 }, (_, line) => `line ${line}`).join('\n') },
    ],
  };
  const acts = await open(long);
  await expect.element(approve()).toHaveAttribute('title', 'On once 1 more part was in view');
  await userEvent.keyboard('a');
  expect(acts.approve, 'nobody approves what nobody saw').not.toHaveBeenCalled();
  lookAtTheEnd();
  await expect.element(approve()).not.toHaveAttribute('title');
  await userEvent.keyboard('a');
  expect(acts.approve).toHaveBeenCalledOnce();
});

test('a part that scrolls by itself was seen once its own end was', async () => {
  const text = Array.from({ length: 5000 }, (_, line) => `line ${line}`).join('\n');
  const acts = await open({ ...APPROVAL_DETAIL, parts: [{ kind: 'data', name: 'Message', text }] });
  const lines = page.getByRole('group', { name: 'Message' });
  expect(lines.element().querySelectorAll('.line').length, 'only what is in view is drawn').toBeLessThan(200);
  lookAtTheEnd();
  await expect.element(approve()).toHaveAttribute('title', 'On once 1 more part was in view');
  const box = lines.element().firstElementChild;
  if (!box) throw new Error('the lines lie in a box');
  box.scrollTop = box.scrollHeight;
  await expect.element(approve()).not.toHaveAttribute('title');
  await userEvent.keyboard('a');
  expect(acts.approve).toHaveBeenCalledOnce();
});

test('what has changed since it was proposed cannot be approved', async () => {
  const acts = await open({ ...APPROVAL_DETAIL, stale: 'The file has changed.' });
  lookAtTheEnd();
  await expect.element(approve()).toHaveAttribute('title', 'The file has changed.');
  await userEvent.keyboard('a');
  expect(acts.approve).not.toHaveBeenCalled();
});

test('a spend is asked twice, and Escape takes the first press back', async () => {
  const acts = await open({ ...APPROVAL_DETAIL, effects: ['spend'] });
  lookAtTheEnd();
  await expect.element(approve()).not.toHaveAttribute('title');
  await userEvent.keyboard('a');
  await expect.element(page.getByRole('button', { name: /^Approve now/ })).toBeVisible();
  await userEvent.keyboard('{Escape}');
  expect(acts.approve).not.toHaveBeenCalled();
  await userEvent.keyboard('a');
  await userEvent.keyboard('a');
  expect(acts.approve).toHaveBeenCalledOnce();
});

test('an unknown outcome is settled by a second press only', async () => {
  const acts = await open(UNKNOWN_DETAIL);
  await userEvent.keyboard('h');
  expect(acts.settle).not.toHaveBeenCalled();
  await userEvent.keyboard('h');
  expect(acts.settle.mock.calls).toEqual([['a3', 'happened']]);
});

test('J and K move through everything that is listed', async () => {
  const acts = await open(APPROVAL_DETAIL);
  await userEvent.keyboard('j');
  await userEvent.keyboard('k');
  expect(acts.choose.mock.calls).toEqual([['a3'], ['a1']]);
});
