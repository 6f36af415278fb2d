import { expect, test } from 'vitest';
import { OLLAMA, OPENAI_FOUND, REMOTE } from '#ui/gallery/fixtures/models.ts';
import { aboutModel, centsOf, firstTerms, lineOf, missing, notEnabled, whereTo, withModels } from './terms.ts';

test('an amount is read to the cent, or not at all', () => {
  expect(['', ' ', '5', '$5.5', '0.07', '12.34'].map(centsOf)).toEqual([null, null, 500, 550, 7, 1234]);
  expect(['-1', '1.234', '1,5', 'five', '1e9', '9999999999'].map(centsOf)).toEqual(Array(6).fill(undefined));
});

test('what is missing is said before anything is agreed to', () => {
  const terms = firstTerms(OLLAMA);
  expect(missing(terms)).toBeUndefined();
  expect(missing({ ...terms, models: [] })).toBe('Choose at least one model.');
  expect(missing({ ...terms, name: ' ' })).toBe('Give it a name.');
  expect(missing({ ...terms, limit: 'five' })).toBe('Write dollars, such as 5.00.');
});

test('of a long list only what Cadre knows is chosen at first', () => {
  const models = Array.from({ length: 40 }, (_, index) => ({
    id: `m${index}`,
    title: null,
    window: null,
    tier: index === 7 ? 'base' : null,
    price: null,
  }));
  expect(firstTerms({ ...OPENAI_FOUND, models }).models).toEqual(['m7']);
});

test('a model that is taken out is no tier’s model any more', () => {
  const terms = { ...firstTerms(OLLAMA), tiers: { base: 'qwen3:8b', weak: 'phi3.5:3.8b' } };
  expect(withModels(terms, ['phi3.5:3.8b']).tiers).toEqual({ weak: 'phi3.5:3.8b' });
});

test('where data goes is said of what is chosen', () => {
  expect(whereTo(OLLAMA, ['qwen3:8b'])).toBe('nothing leaves this machine');
  expect(whereTo(OLLAMA, ['qwen3:8b', 'glm-4.6-cloud'])).toBe('leaves this machine: Ollama passes some models on');
  expect(whereTo(REMOTE, REMOTE.models)).toBe('goes to api.anthropic.com');
  expect(lineOf({ ...REMOTE, project: 'p1' }, new Map([['p1', 'Winter sale']]))).toBe(
    'claude-sonnet-4-5 and 1 more, goes to api.anthropic.com, only for Winter sale, at most $5.00 a day',
  );
});

test('a price nobody knows is not nothing', () => {
  const model = { id: 'm', title: null, window: 8192, tier: null, price: null };
  expect([aboutModel(model, true), aboutModel(model, false)]).toEqual([
    'free, 8,192 tokens',
    'price not known, 8,192 tokens',
  ]);
});

test('what is enabled is not offered again', () => {
  expect(notEnabled([OLLAMA, OPENAI_FOUND], [{ ...REMOTE, address: OLLAMA.address }])).toEqual([OPENAI_FOUND]);
  expect(notEnabled([OLLAMA], [{ ...REMOTE, address: OLLAMA.address, enabled: false }])).toEqual([OLLAMA]);
});
