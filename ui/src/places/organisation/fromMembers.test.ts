import { expect, test } from 'vitest';
import type { MemberDto } from '#ui/ipc/bindings.ts';
import { peopleOf } from '#ui/places/shared/members.ts';
import { memberOf, organisationOf } from './fromMembers.ts';

const member = (name: string, kind: string, lifecycle = 'active'): MemberDto => ({
  name,
  kind,
  role: 'Reads code',
  department: 'engineering',
  reports_to: kind === 'person' ? null : 'owner',
  lifecycle,
  updated_at: 0,
});

const ALL = [member('owner', 'person'), member('scout', 'function'), member('writer', 'model', 'draft')];

test('persons and agents are counted apart, and what is being made is shown so', () => {
  const model = organisationOf(ALL, peopleOf(ALL));
  expect(model.counts).toEqual({ people: 1, agents: 2, departments: 1 });
  expect(model.members.map(({ status }) => status)).toEqual(['queued', 'queued', 'build']);
});

test('a member says what it is and to whom it reports', () => {
  const [owner, scout] = ALL;
  if (!owner || !scout) throw new Error('both are there');
  const facts = (one: MemberDto) => memberOf(one, peopleOf(ALL)).about?.map(({ value }) => value);
  expect(facts(scout)).toEqual(['function agent', 'Reads code', 'Engineering', 'owner', 'active']);
  expect(facts(owner)?.[3]).toBe('nobody');
});

test('the person at the top stands above the agent that reports to nobody', () => {
  const chief = { ...member('ceo-orchestrator', 'model'), reports_to: null };
  const model = organisationOf([chief, ...ALL], peopleOf([chief, ...ALL]));
  const managers = Object.fromEntries(model.members.map(({ id, reportsTo }) => [id, reportsTo]));
  expect(managers).toMatchObject({ 'ceo-orchestrator': 'owner', owner: null });
});
