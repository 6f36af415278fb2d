// A real workspace as an office has it after a day, made by the programs as they ship: what people see is what is shot.
// Nothing in it is invented but the words of the model, which is a mock of the wire format on this machine.
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fill, serve, session, stop } from '../../tests/bench/workspace.mjs';
import { smallRepository } from '../../tests/support/folders.mjs';
import { serveModel } from '../../tests/support/model.mjs';

const ROOT = join(import.meta.dirname, '..', '..');
export const UI = join(ROOT, 'ui', 'dist');
const REVIEW = 'Review this repository and write a health report';
const THANKS = 'Write a release note for version 0.1 and count its lines';
const NOTE = `# Cadre 0.1\n\nA request in plain words becomes a plan, and a plan becomes checked results.\n\n- Every effect is approved first.\n- Every step is recorded.\n- Every change can be undone.\n`;

const reading = {
  intent: 'CREATE_PROJECT',
  confidence: 0.93,
  department: 'engineering',
  complexity: 2,
  horizon: 'hours',
  question: '',
  answers: [],
  answer: '',
};
const step = (id, title, instructions, depends_on) => ({
  id,
  title,
  needs: ['coding'],
  assignee: 'software-engineer',
  human: 'none',
  instructions,
  depends_on,
  minutes: 10,
  minutes_low: 5,
  minutes_high: 20,
  cost_usd: 0.02,
  evidence: [{ kind: 'file_exists', value: 'release-note.md', note: 'the note is there' }],
});
const plan = {
  title: 'Release note for 0.1',
  summary: 'One short note, and a look at its length.',
  complexity: 2,
  horizon: 'hours',
  folder: 'none',
  assumptions: ['One page is enough'],
  risks: [{ risk: 'The note promises too much', mitigation: 'A person reads it before it is sent' }],
  steps: [
    step('write', 'Write the note', 'Write the release note.', []),
    step('count', 'Count its lines', 'Count the lines of the release note.', ['write']),
  ],
};
const usage = { prompt_tokens: 3120, completion_tokens: 214, total_tokens: 3334 };
const turn = (userMessage, turnIndex, name, args, content) => ({
  match: { userMessage, turnIndex },
  response: { content, usage, toolCalls: [{ name, arguments: JSON.stringify(args) }] },
});
const FIXTURES = [
  { match: { systemMessage: 'You read requests' }, response: { content: JSON.stringify(reading), usage } },
  { match: { systemMessage: 'You plan work' }, response: { content: JSON.stringify(plan), usage } },
  turn('Write the release note.', 0, 'list_files', { path: '.' }, 'I look what is there first.'),
  turn(
    'Write the release note.',
    1,
    'write_file',
    { path: 'release-note.md', content: NOTE },
    'Nothing yet. I write the note.',
  ),
  turn('Write the release note.', 2, 'finish', { summary: 'The note is written, with three points.', done: true }, ''),
  turn('Count the lines', 0, 'run_command', { program: 'wc', args: ['-l', 'release-note.md'] }, 'I count its lines.'),
  turn('Count the lines', 1, 'finish', { summary: 'The note has seven lines.', done: true }, ''),
];

/** Looks until it is so: what is looked at lies in another process. */
async function until(what, look) {
  const end = Date.now() + 30_000;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (Date.now() > end) throw new Error(`it does not come to that: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** The office and what can be done in it. Everything lies below `folder`. */
export async function openOffice(folder) {
  const workspace = join(folder, 'northwind');
  const home = join(folder, 'home');
  mkdirSync(home, { recursive: true });
  const env = { PATH: process.env.PATH, HOME: home, LANG: 'C.UTF-8', CADRE_VAULT: 'memory' };
  const model = await serveModel(FIXTURES);
  const host = await serve(workspace, env, UI);
  const { bearer, call } = await session(host);
  const repository = join(folder, 'repository');
  execFileSync('git', ['clone', '--quiet', '--local', ROOT, repository], { stdio: 'ignore' });
  const close = async () => {
    await stop(host.child);
    await model.stop();
  };
  return { folder, workspace, repository, env, model, host, bearer, call, close, origin: host.link.origin };
}

const decideOn = (item, decision, more = {}) => ({
  item: item.id,
  decision,
  text: null,
  action_hash: item.action_hash,
  content: null,
  ...more,
});

/** A plan for the review of the repository, refined once; gives what an approval names. */
export async function fileReview({ call, repository, folder }) {
  const brief = join(folder, 'brief.md');
  writeFileSync(brief, '# Brief\n\nKeep the report to one page.\nName the three largest risks first.\n');
  const { attachment } = await call('request.attach', { kind: 'path', path: brief });
  return call('request.file', { text: REVIEW, folder: repository, uploads: [attachment] });
}

export async function planReview({ call }, request) {
  const first = await call('plan.make', { request });
  const feedback = 'Keep the report to one page';
  return call('plan.refine', { project: first.project, version: first.version, feedback, edits: [], workplace: null });
}

export async function begin({ call }, made) {
  await call('plan.approve', { project: made.project, version: made.version, hash: made.hash });
}

/** What waits in a project, once something does. */
export const waiting = ({ call }, project, wanted = () => true) =>
  until('something waits', async () =>
    (await call('inbox.list')).find((item) => item.project === project && item.plan === null && wanted(item)),
  );

/** Approves whatever a project asks until it is over. */
export async function finish({ call }, project) {
  await until('the project completes', async () => {
    for (const item of await call('inbox.list'))
      if (item.project === project && item.reason === 'approval') await call('inbox.decide', decideOn(item, 'approve'));
    return (await call('project.get', { project })).status === 'completed';
  });
}

export async function enableModel({ call, model }) {
  await call('model.enable', {
    kind: 'openai-compatible',
    address: `${model.address}/v1`,
    name: 'Model on this machine',
    models: ['gpt-4o-mini'],
    project: null,
    daily_limit_cents: 200,
  });
}

/** A project that a model agent does, up to the command that it wants to run. */
export async function modelProject(office) {
  const filed = await office.call('request.file', { text: THANKS, folder: null });
  const made = await office.call('plan.make', { request: filed.id });
  await begin(office, made);
  const command = await waiting(office, made.project, (item) => item.reason === 'approval' && item.class === 'run');
  return { project: made.project, command };
}

/** More that waits: a changed agent, a step for a person, a plan. Before a model is enabled, which would plan otherwise. */
export async function fillInbox({ call, workspace, folder }) {
  writeFileSync(
    join(workspace, 'agents', 'engineering', 'release-clerk.md'),
    '---\nname: release-clerk\ndescription: Writes the notes of a release\nkind: model\nreports_to: engineering-manager-orchestrator\ncapabilities: [writing]\ntools: [read_file, write_file]\n---\n\nWrite what changed for whoever uses it, in their words.\n',
  );
  await call('agent.read');
  const asked = await call('request.file', { text: 'find out why my tomatoes die', folder: null });
  const made = await call('plan.make', { request: asked.id });
  await call('plan.approve', { project: made.project, version: made.version, hash: made.hash });
  const other = join(folder, 'shop');
  smallRepository(other);
  const filed = await call('request.file', { text: REVIEW, folder: other });
  await call('plan.make', { request: filed.id });
  const wanted = ['agent_change', 'work', 'plan'];
  await until('all of it waits', async () => {
    const reasons = (await call('inbox.list')).map((item) => item.reason);
    return wanted.every((reason) => reasons.includes(reason));
  });
}

/** A second workspace, as large as a company. */
export async function openCompany(folder, members) {
  const workspace = join(folder, 'company');
  const home = join(folder, 'company-home');
  mkdirSync(home, { recursive: true });
  const env = { PATH: process.env.PATH, HOME: home, LANG: 'C.UTF-8', CADRE_VAULT: 'memory' };
  await fill(workspace, env, members);
  const host = await serve(workspace, env, UI);
  const { bearer, call } = await session(host);
  return { bearer, call, origin: host.link.origin, close: () => stop(host.child) };
}
