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

function askedCalls(id: string, data: Json): SaidCall[] {
  return objects(data.calls).map((call, index) => ({
    id: `${id} ${index}`,
    status: 'run',
    tool: oneLine(text(call.tool) ?? ''),
    args: short(call.arguments),
    more: block(t('conversation.given'), call.arguments),
  }));
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

function saidOf(message: MessageDto, people: People): Said {
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
    calls: role === 'tool' ? [toolCall(`${id} tool`, message, data)] : askedCalls(id, data),
  };
}

/** Messages in their order, with the step's name where it begins to speak. */
export function conversationOf(messages: readonly MessageDto[], project: ProjectDto, people: People): Said[] {
  const steps = new Map(project.steps.map((step) => [step.id, oneLine(step.title)]));
  let run: string | null = null;
  return messages.map((message) => {
    const begins = message.run !== run;
    run = message.run;
    const attempt = Number(message.run.split('/').at(-1));
    const name = steps.get(message.step) ?? message.step;
    return {
      ...saidOf(message, people),
      ...(begins && { begins: attempt > 1 ? list([name, t('step.run', { number: attempt })]) : name }),
    };
  });
}

/** Pages of messages as one: each message once, in the order in which it was said. */
export function merged(pages: readonly (readonly MessageDto[])[]): MessageDto[] {
  const all = new Map(pages.flat().map((message) => [`${message.run} ${message.place}`, message]));
  return [...all.values()].toSorted((a, b) => a.at - b.at || a.place - b.place);
}
