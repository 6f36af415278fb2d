import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { expect, test } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import { MODELS, NO_MODELS, OLLAMA, OPENAI_FOUND, REMOTE } from '#ui/gallery/fixtures/models.ts';
import { CallError } from '#ui/ipc/errors.ts';
import { TransportProvider } from '#ui/ipc/TransportContext.tsx';
import { draw } from '#ui/testing/draw.tsx';
import { FakeTransport } from '#ui/testing/fakeTransport.ts';
import { ModelsPart } from './ModelsPart.tsx';

const KEY = 'sk-marked-0123456789';

async function open(answers: Record<string, (input: unknown) => unknown> = {}) {
  const transport = new FakeTransport({
    'model.endpoints': () => NO_MODELS,
    'model.discover': () => ({ services: [OLLAMA], environment: [] }),
    'model.enable': () => REMOTE,
    'model.disable': () => ({}),
    'key.revoke': () => ({}),
    ...answers,
  });
  const queries = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  await draw(
    <TransportProvider transport={transport}>
      <QueryClientProvider client={queries}>
        <ModelsPart projects={new Map([['p1', 'Winter sale']])} />
      </QueryClientProvider>
    </TransportProvider>,
  );
  const asked = (operation: string) =>
    transport.calls.filter((call) => call.operation === operation).map((call) => call.input);
  return { asked, queries };
}

const button = (name: string | RegExp) => page.getByRole('button', { name });

test('without a model the page says that Cadre works, and offers what listens', async () => {
  const { asked } = await open();
  await expect.element(page.getByText('No model is enabled, and Cadre works without one')).toBeVisible();
  await expect.element(page.getByText(/3 models, answers at 127\.0\.0\.1:11434/)).toBeVisible();
  expect(asked('model.enable'), 'what is found is taken by nobody').toEqual([]);
});

test('what is agreed to is what was shown', async () => {
  const { asked } = await open();
  await button('Enable Ollama').click();
  const dialog = page.getByRole('dialog');
  await expect.element(dialog.getByText('leaves this machine: Ollama passes some models on')).toBeVisible();
  await dialog.getByRole('checkbox', { name: /glm-4\.6-cloud/ }).click();
  await expect.element(dialog.getByText('nothing leaves this machine')).toBeVisible();
  await dialog.getByLabelText('For base work').selectOptions('qwen3:8b');
  await dialog.getByLabelText('Dollars a day').fill('two');
  // An amount that cannot be read is no limit.
  const agree = dialog.getByRole('button', { name: 'Enable' });
  await expect.element(agree).toHaveAttribute('title', 'Write dollars, such as 5.00.');
  await dialog.getByLabelText('Dollars a day').fill('2.50');
  await expect.element(dialog.getByText(/At most \$2\.50 a day/)).toBeVisible();
  await dialog.getByLabelText('Whose data').selectOptions('Winter sale');
  await agree.click();
  await expect.element(dialog).not.toBeInTheDocument();
  expect(asked('model.enable')).toEqual([
    {
      kind: 'ollama',
      address: OLLAMA.address,
      name: 'Ollama',
      models: ['qwen3:8b', 'phi3.5:3.8b'],
      tiers: { base: 'qwen3:8b' },
      project: 'p1',
      daily_limit_cents: 250,
    },
  ]);
});

test('a key is tested, gives its models, and is remembered nowhere', async () => {
  let refuse = true;
  const { asked, queries } = await open({
    'key.add': () => {
      if (refuse) throw new CallError({ code: 'key_rejected', message: 'the service refuses the key' });
      const { address, models } = OPENAI_FOUND;
      return { name: 'openai', kind: 'openai', address, vault: 'keychain', models };
    },
  });
  await button('Add a service…').click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabelText('Kind').selectOptions('OpenAI');
  const ask = dialog.getByRole('button', { name: 'Ask for its models' });
  await expect.element(ask).toHaveAttribute('title', 'It answers nobody without a key.');
  const key = dialog.getByLabelText('Key');
  await expect.element(key).toHaveAttribute('type', 'password');
  await key.fill(KEY);
  await ask.click();
  await expect.element(dialog.getByText('the service refuses the key')).toBeVisible();
  refuse = false;
  await userEvent.click(ask);
  await expect.element(dialog.getByText('goes to api.openai.com')).toBeVisible();
  expect(asked('key.add')[1]).toEqual({ kind: 'openai', address: null, key: KEY });
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  const kept = JSON.stringify(
    queries
      .getMutationCache()
      .getAll()
      .map((it) => it.state),
  );
  expect(kept, 'a key that was sent is not kept by the page').not.toContain(KEY);
  expect(document.body.innerHTML).not.toContain(KEY);
});

test('a key of the environment is used only when that is said', async () => {
  const { asked } = await open({
    'model.discover': () => ({ services: [], environment: [{ kind: OPENAI_FOUND.kind, variable: 'OPENAI_API_KEY' }] }),
    'key.add': () => ({ name: 'openai', kind: 'openai', address: OPENAI_FOUND.address, vault: 'memory', models: [] }),
  });
  await button('Use it…').click();
  expect(asked('key.add')).toEqual([]);
  await page.getByRole('dialog').getByRole('button', { name: 'Ask for its models' }).click();
  await expect.poll(() => asked('key.add')).toEqual([{ kind: 'openai', address: null, key: null }]);
});

test('one click disables, one click revokes', async () => {
  const { asked } = await open({ 'model.endpoints': () => MODELS });
  await button('Disable Anthropic').click();
  await button('Revoke anthropic').click();
  await expect.poll(() => asked('key.revoke')).toEqual([{ key: 'anthropic' }]);
  expect(asked('model.disable')).toEqual([{ endpoint: 'anthropic' }]);
});
