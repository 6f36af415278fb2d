// What was said in a project's runs. `data` of a message is JSON of whoever carried the run out: a model with calls of
// tools, an agent program with what its tools were given. What is not known of it is left out, never drawn as something else.
import type { MemberRef } from '#ui/components/member/member.ts';
import type { Status } from '#ui/components/status/statuses.ts';
import type { MessageDto, ProjectDto } from '#ui/ipc/bindings.ts';
import { memberRef, type People } from '#ui/places/shared/members.ts';
import { fromHost, type Instant, list } from '#ui/words/format.ts';
import { oneLine, visible } from '#ui/words/visible.ts';
import { t } from '#ui/words/words.ts';

/** A call of a tool: one line, and what belongs to it behind that. */
export interface SaidCall {
  id: string;
  status: Status;
  tool: string;
  args: string;
  /** What came of it, in a few words. */
  came?: string;
  /** Blocks with their names: what it was given, what it gave. */
  more: readonly { name: string; text: string }[];
}

export interface Said {
  id: string;
  at: Instant;
  /** Set where another step, or another attempt, begins to speak. */
  begins?: string;
  role: 'task' | 'agent' | 'tool' | 'system';
  by: MemberRef;
  meta: string;
  text: string;
  /** What a model thought before it answered. */
  reasoning?: string;
  calls: readonly SaidCall[];
}

type Json = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function dataOf(message: MessageDto): Json {
  if (message.data === null) return {};
  try {
    const data: unknown = JSON.parse(message.data);
    return isObject(data) ? data : {};
  } catch {
    return {};
  }
}

const text = (value: unknown) => (typeof value === 'string' ? value : null);
const objects = (value: unknown): Json[] => (Array.isArray(value) ? value.filter(isObject) : []);

/** A value in one line, as it would be looked at in passing. */
const SHORT = 120;
function short(value: unknown): string {
  if (value === undefined || value === null) return '';
  const line = oneLine(typeof value === 'string' ? value : JSON.stringify(value));
  return line.length > SHORT ? `${line.slice(0, SHORT)}…` : line;
}

function whole(value: unknown): string {
  return visible(typeof value === 'string' ? value : JSON.stringify(value, null, 2));
}

function block(name: string, value: unknown): SaidCall['more'] {
  return value === undefined || value === null || value === '' ? [] : [{ name, text: whole(value) }];
}

const firstLine = (value: unknown) => short(typeof value === 'string' ? value.split('\n', 1)[0] : value);

/** What a tool was given, as it is said: a lone value by itself, several with their names, an end by its summary. */
function argsOf(given: unknown): string {
  if (!isObject(given)) return short(given);
  if (typeof given.summary === 'string') return short(given.summary);
  const parts = Object.entries(given).map(([name, value]): [string, string] => [
    name,
    Array.isArray(value) && value.every((one) => typeof one === 'string') ? value.join(' ') : firstLine(value),
  ]);
  // What is long says least in a line: where something is written stands before what is.
  parts.sort((a, b) => a[1].length - b[1].length);
  const [first] = parts;
  return short(parts.length === 1 && first ? first[1] : list(parts.map(([name, value]) => `${name}: ${value}`)));
}

/** How a call stands that nothing came of yet. */
const OPEN: Readonly<Record<string, Status>> = { running: 'run', pending_approval: 'wait' };
/** The call by which an agent says that it has ended: nothing comes back from it. */
const END = 'finish';

function askedCalls(
  id: string,
  data: Json,
  resultOf: (call: string) => MessageDto | undefined,
  step: string,
): SaidCall[] {
  return objects(data.calls).map((call, index) => {
    const tool = oneLine(text(call.tool) ?? '');
    const result = resultOf(text(call.id) ?? '');
    const status = tool === END ? 'done' : (OPEN[step] ?? 'skipped');
    return {
      id: `${id} ${index}`,
      tool,
      args: argsOf(call.arguments),
      ...(result
        ? { status: dataOf(result).is_error === true ? 'fail' : 'done', came: cameOf(result.text) }
        : { status }),
      more: [...block(t('conversation.given'), call.arguments), ...block(t('conversation.gave'), result?.text)],
    };
  });
}

const FEW = 48;
function cameOf(words: string): string {
  const line = oneLine(words.split('\n')[0] ?? '');
  return line.length > FEW ? `${line.slice(0, FEW)}…` : line;
}

const DONE: Readonly<Record<string, Status>> = {
  completed: 'done',
  failed: 'fail',
  in_progress: 'run',
  pending: 'queued',
};

function toolCall(id: string, message: MessageDto, data: Json): SaidCall {
  const ofProgram = data.tool !== undefined;
  const status = ofProgram ? DONE[text(data.status) ?? ''] : data.is_error === true ? 'fail' : 'done';
  return {
    id,
    status: status ?? 'done',
    tool: oneLine(message.name),
    args: short(message.text),
    more: ofProgram
      ? [
          ...block(t('conversation.given'), data.input),
          ...objects(data.diffs).flatMap((diff) => block(text(diff.path) ?? '', diff.after)),
          ...block(t('conversation.gave'), data.output),
        ]
      : block(t('conversation.gave'), message.text),
  };
}

function roleOf(role: string): Said['role'] {
  return role === 'task' || role === 'agent' || role === 'tool' ? role : 'system';
}

function saidOf(
  message: MessageDto,
  people: People,
  resultOf: (call: string) => MessageDto | undefined,
  step: string,
): Said {
  const id = `${message.run} ${message.place}`;
  const data = dataOf(message);
  const role = roleOf(message.role);
  const reasoning = text(data.reasoning);
  const thought = data.thought === true;
  return {
    id,
    at: fromHost(message.at),
    role,
    by: memberRef(people, message.name),
    meta: list([text(data.model), thought && t('conversation.thought')]),
    text: role === 'tool' ? '' : visible(message.text),
    ...(reasoning && { reasoning: visible(reasoning) }),
    calls: role === 'tool' ? [toolCall(`${id} tool`, message, data)] : askedCalls(id, data, resultOf, step),
  };
}

const callsOf = (message: MessageDto) => objects(dataOf(message).calls).flatMap((call) => text(call.id) ?? []);
const answeredCall = (message: MessageDto) => (message.role === 'tool' ? text(dataOf(message).call) : null);

/** Messages in their order, with the step's name where it begins to speak. */
export function conversationOf(messages: readonly MessageDto[], project: ProjectDto, people: People): Said[] {
  const steps = new Map(project.steps.map((step) => [step.id, oneLine(step.title)]));
  const stands = new Map(project.steps.map((step) => [step.id, step.status]));
  const asked = new Set(messages.flatMap((message) => callsOf(message).map((call) => `${message.run} ${call}`)));
  const results = new Map(
    messages.flatMap((message): [string, MessageDto][] => {
      const call = answeredCall(message);
      return call === null ? [] : [[`${message.run} ${call}`, message]];
    }),
  );
  let run: string | null = null;
  // What a tool gave stands at the call that asked for it; alone only where that is not here.
  const shown = messages.filter((message) => !asked.has(`${message.run} ${answeredCall(message) ?? ''}`));
  return shown.map((message) => {
    const begins = message.run !== run;
    run = message.run;
    const attempt = Number(message.run.split('/').at(-1));
    const name = steps.get(message.step) ?? message.step;
    return {
      ...saidOf(message, people, (call) => results.get(`${message.run} ${call}`), stands.get(message.step) ?? ''),
      ...(begins && { begins: attempt > 1 ? list([name, t('step.run', { number: attempt })]) : name }),
    };
  });
}

/** Pages of messages as one: each message once, in the order in which it was said. */
export function merged(pages: readonly (readonly MessageDto[])[]): MessageDto[] {
  const all = new Map(pages.flat().map((message) => [`${message.run} ${message.place}`, message]));
  return [...all.values()].toSorted((a, b) => a.at - b.at || a.place - b.place);
}
