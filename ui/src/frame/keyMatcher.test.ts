import { expect, test } from 'vitest';
import { ACTION_IDS, ACTIONS } from './actions.ts';
import { KeyMatcher, type Match, type Stroke, strokeName } from './keyMatcher.ts';

const press = (key: string, more: Partial<Stroke> = {}): Stroke => ({
  key,
  meta: false,
  ctrl: false,
  shift: false,
  alt: false,
  repeat: false,
  inField: false,
  ...more,
});
const action = (match: Match) => (match.kind === 'action' ? match.action : match.kind);

test('a stroke is named as the table writes it', () => {
  const names = [
    press('k', { meta: true }),
    press('k', { ctrl: true }),
    press('P', { ctrl: true, shift: true }),
    press('?', { shift: true }),
    press('a'),
    press('Enter', { meta: true }),
    press(',', { ctrl: true }),
  ].map(strokeName);
  expect(names).toEqual(['Mod+K', 'Mod+K', 'Mod+Shift+P', '?', 'A', 'Mod+Enter', 'Mod+,']);
});

test('a key does what is on screen, and nothing that is not', () => {
  const matcher = new KeyMatcher();
  expect(action(matcher.feed(press('a'), ['approve', 'deny']))).toBe('approve');
  expect(action(matcher.feed(press('a'), ['deny']))).toBe('none');
});

test('of two actions with one key the topmost answers', () => {
  expect(action(new KeyMatcher().feed(press('c'), ['askForChanges', 'compare']))).toBe('compare');
});

test('G then I goes to the Inbox; G then something else does nothing', () => {
  const matcher = new KeyMatcher();
  expect(matcher.feed(press('g'), ['goInbox', 'approve'])).toEqual({ kind: 'pending', action: null });
  expect(action(matcher.feed(press('i'), ['goInbox', 'approve']))).toBe('goInbox');
  matcher.feed(press('g'), ['goInbox', 'approve']);
  expect(action(matcher.feed(press('a'), ['goInbox', 'approve'])), 'a mistyped sequence must not approve').toBe('none');
});

test('a letter in a field is text, a chord is still an action', () => {
  const matcher = new KeyMatcher();
  expect(action(matcher.feed(press('a', { inField: true }), ['approve']))).toBe('none');
  expect(action(matcher.feed(press('k', { inField: true, meta: true }), ['find']))).toBe('find');
});

test('a held key never decides', () => {
  const matcher = new KeyMatcher();
  expect(action(matcher.feed(press('a', { repeat: true }), ['approve']))).toBe('none');
  expect(action(matcher.feed(press('j', { repeat: true }), ['next'])), 'moving on by holding is fine').toBe('next');
});

test('no key is twice in one group', () => {
  const seen = ACTION_IDS.map((id) => `${ACTIONS[id].group} ${ACTIONS[id].keys}`);
  const doubled = seen.filter((entry, index) => seen.indexOf(entry) !== index);
  expect(doubled, 'actions of one group can be on screen together').toEqual([]);
});
