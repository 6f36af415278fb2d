import { expect, test, vi } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import { CallError } from '#ui/ipc/errors.ts';
import { expectNoAxeFindings } from '#ui/testing/axe.ts';
import { draw } from '#ui/testing/draw.tsx';
import type { AttachActs, Brought, Taken } from './model.ts';
import { RequestComposer } from './RequestComposer.tsx';

const given = (name: string, bytes: number) => ({ name, bytes, sha256: 'ab'.repeat(32) });
const text = () => page.getByRole('textbox', { name: 'Request', exact: true });
const chips = () => page.getByRole('list', { name: 'Files that the request brings along' });

async function open(attach: Partial<AttachActs> = {}) {
  const sent: { text: string; brought: Brought }[] = [];
  const upload = vi.fn(async (file: File): Promise<Taken> => {
    if (file.name === 'huge.bin') throw new CallError({ code: 'attachment_too_large', message: 'It is too large' });
    return { file: given(file.name, file.size) };
  });
  await draw(
    <RequestComposer
      attach={{ upload, ...attach }}
      recent={['/home/ada/shop']}
      onSend={async (words, brought) => {
        sent.push({ text: words, brought });
        return true;
      }}
    />,
  );
  return { sent, upload };
}

function transferOf(...files: File[]): DataTransfer {
  const transfer = new DataTransfer();
  for (const file of files) transfer.items.add(file);
  return transfer;
}

test('a picked file stands with its size, and goes with the request', async () => {
  const { sent } = await open();
  await userEvent.upload(page.getByLabelText('Attach…').last(), new File(['words'], 'brief.txt'));
  await expect.element(chips()).toHaveTextContent(/brief\.txt5 bytes/);
  await expectNoAxeFindings(document.body, 'the composer with a file');
  await text().fill('Do what the brief says');
  await userEvent.keyboard('{Enter}');
  await expect.element(chips()).not.toBeInTheDocument();
  expect(sent).toEqual([
    { text: 'Do what the brief says', brought: { folder: null, uploads: [given('brief.txt', 5)] } },
  ]);
});

test('a pasted picture and a dropped file are taken, and one can be taken out again', async () => {
  const { sent, upload } = await open();
  const clipboardData = transferOf(new File(['png'], 'picture.png', { type: 'image/png' }));
  text()
    .element()
    .dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }));
  await expect.element(chips()).toHaveTextContent(/picture\.png/);
  const dataTransfer = transferOf(new File(['notes'], 'notes.md'));
  for (const kind of ['dragover', 'drop'])
    text()
      .element()
      .dispatchEvent(new DragEvent(kind, { dataTransfer, bubbles: true, cancelable: true }));
  await expect.element(chips()).toHaveTextContent(/notes\.md/);
  await page.getByRole('button', { name: 'Do not attach picture.png' }).click();
  await text().fill('Read the notes');
  await userEvent.keyboard('{Enter}');
  await vi.waitFor(() => expect(sent).toHaveLength(1));
  expect(sent[0]?.brought.uploads.map((file) => file.name)).toEqual(['notes.md']);
  expect(upload).toHaveBeenCalledTimes(2);
});

test('words that come with a picture are pasted as words', async () => {
  const { upload } = await open();
  const clipboardData = transferOf(new File(['png'], 'cells.png'));
  clipboardData.setData('text/plain', '1\t2');
  text()
    .element()
    .dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }));
  expect(upload).not.toHaveBeenCalled();
});

test('what is refused says why, with its code, and holds the request until it is taken out', async () => {
  const { sent } = await open();
  await userEvent.upload(page.getByLabelText('Attach…').last(), new File(['x'], 'huge.bin'));
  await expect.element(page.getByRole('alert')).toHaveTextContent(/huge\.bin.*It is too large.*attachment_too_large/);
  await text().fill('Read it');
  await userEvent.keyboard('{Enter}');
  await expect
    .element(page.getByRole('button', { name: 'Send' }))
    .toHaveAttribute('title', 'Take out what could not be attached');
  expect(sent, 'a request without its file is another request').toEqual([]);
  await page.getByRole('button', { name: 'Do not attach huge.bin' }).click();
  await page.getByRole('button', { name: 'Send' }).click();
  expect(sent).toHaveLength(1);
});

test('on the desktop paths are picked and dropped, and a folder becomes the one that the request is about', async () => {
  const drops: ((paths: readonly string[]) => void)[] = [];
  const { sent } = await open({
    machine: {
      pick: async (kind) => (kind === 'folder' ? ['/home/ada/shop'] : ['/home/ada/prices.csv']),
      take: async (path) => (path.endsWith('.csv') ? { file: given('prices.csv', 9) } : { folder: path }),
      onDrop: (dropped) => {
        drops.push(dropped);
        return () => {};
      },
    },
  });
  await page.getByRole('button', { name: 'Attach…' }).click();
  await expect.element(chips()).toHaveTextContent(/prices\.csv9 bytes/);
  drops.at(-1)?.(['/home/ada/site']);
  const folder = page.getByRole('combobox', { name: 'Folder the request is about' });
  await expect.element(folder).toHaveValue('/home/ada/site');
  await page.getByRole('button', { name: 'Without folder' }).click();
  await page.getByRole('button', { name: 'Folder…' }).click();
  await page.getByRole('button', { name: 'Choose…' }).click();
  await expect.element(folder).toHaveValue('/home/ada/shop');
  await text().fill('Compare the prices');
  await userEvent.keyboard('{Enter}');
  await vi.waitFor(() => expect(sent).toHaveLength(1));
  expect(sent[0]?.brought).toEqual({ folder: '/home/ada/shop', uploads: [given('prices.csv', 9)] });
});

test('while it is sent the words stay as they are and keys are for the answer; refused, they can be changed again', async () => {
  const answers: ((taken: boolean) => void)[] = [];
  const send = () => new Promise<boolean>((answer) => answers.push(answer));
  await draw(<RequestComposer attach={undefined} recent={[]} onSend={send} />);
  await text().fill('Do it');
  await userEvent.keyboard('{Enter}1');
  await expect.element(text()).toHaveValue('Do it');
  await expect.element(text()).not.toHaveFocus();
  answers[0]?.(false);
  await expect.element(text()).toHaveFocus();
  await userEvent.keyboard(' now{Enter}');
  answers[1]?.(true);
  await expect.element(text()).toHaveValue('');
  await expect.element(text()).not.toHaveFocus();
});
