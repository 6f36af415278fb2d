// Look §10: one form for each kind of value. Pure; time and zone are arguments, so that a test and the gallery can fix them.
import { t } from './words.ts';

/** Microdollars: 1 000 000 are one dollar. Whole numbers, so that sums are exact. */
export type MicroUsd = number;
/** Milliseconds since 1970, UTC. The host tells microseconds: see `fromHost`. */
export type Instant = number;
/** Milliseconds. */
export type Span = number;

/** A moment of the host, in microseconds, as everything here counts it. */
export function fromHost(micros: number): Instant {
  return Math.floor(micros / 1000);
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
const cents = new Intl.NumberFormat('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const oneDecimal = new Intl.NumberFormat('en-US', { maximumFractionDigits: 1 });

/** `null` is unknown and says so; 0 is known to be nothing. Below one cent four decimals, else two. */
export function money(micros: MicroUsd | null): string {
  if (micros === null) return t('format.noPrice');
  const sign = micros < 0 ? '−' : '';
  const dollars = Math.abs(micros) / 1e6;
  if (dollars > 0 && dollars < 0.01) return `${sign}$${dollars.toFixed(4)}`;
  return `${sign}$${cents.format(dollars)}`;
}

/** A difference always shows its sign, except nothing. */
export function moneyChange(micros: MicroUsd): string {
  return micros > 0 ? `+${money(micros)}` : money(micros);
}

export function limit(micros: MicroUsd | null): string {
  return micros === null ? money(null) : `≤ ${money(micros)}`;
}

export function moneyOf(used: MicroUsd, of: MicroUsd): string {
  return t('format.of', { a: money(used), b: money(of) });
}

export function moneyRange(low: MicroUsd, high: MicroUsd): string {
  return t('format.range', { a: money(low), b: money(high) });
}

export function count(value: number): string {
  return whole.format(value);
}

/** 950, 88 k, 2.1 M: for figures whose last digits say nothing. */
export function roughCount(value: number): string {
  if (value >= 1e6) return `${oneDecimal.format(value / 1e6)} M`;
  if (value >= 10_000) return `${whole.format(value / 1000)} k`;
  return whole.format(value);
}

export function roughOf(used: number, of: number): string {
  return t('format.of', { a: roughCount(used), b: roughCount(of) });
}

export function countOf(have: number, of: number): string {
  return t('format.of', { a: count(have), b: count(of) });
}

export function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

/** Beside a choice. Never more digits than the number means. */
export function confidence(share: number): string {
  return share.toFixed(2);
}

export function sure(share: number): string {
  return t('format.sure', { percent: percent(share) });
}

/** To the byte: where the number itself is a fact, as in what an approval covers. */
export function exactBytes(value: number): string {
  return t('format.bytes', { count: value, value: count(value) });
}

export function bytes(value: number): string {
  if (value < 1000) return exactBytes(value);
  const units = ['KB', 'MB', 'GB', 'TB'] as const;
  let amount = value;
  let unit = -1;
  while (amount >= 1000 && unit < units.length - 1) {
    amount /= 1000;
    unit += 1;
  }
  return `${amount < 10 ? oneDecimal.format(amount) : whole.format(amount)} ${units[unit] ?? 'KB'}`;
}

/** 0.4 s, 9 s, 9 min, 3 h, 6 days. */
export function duration(span: Span): string {
  if (span < 10 * SECOND) return `${oneDecimal.format(span / SECOND)} s`;
  if (span < MINUTE) return `${Math.round(span / SECOND)} s`;
  if (span < HOUR) return `${Math.round(span / MINUTE)} min`;
  if (span < DAY) return `${oneDecimal.format(Math.round((span / HOUR) * 10) / 10)} h`;
  return t('format.days', { count: Math.round(span / DAY) });
}

export interface Clock {
  now: Instant;
  /** An IANA name; the machine's own when absent. */
  zone?: string;
}

function stamp(clock: Clock, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat('en-GB', clock.zone ? { ...options, timeZone: clock.zone } : options);
}

function dayKey(clock: Clock, at: Instant): string {
  return stamp(clock, { year: 'numeric', month: '2-digit', day: '2-digit' }).format(at);
}

/** 14:21 */
export function clockTime(clock: Clock, at: Instant): string {
  return stamp(clock, { hour: '2-digit', minute: '2-digit', hour12: false }).format(at);
}

/** Wed 18 Nov */
export function dayName(clock: Clock, at: Instant): string {
  return stamp(clock, { weekday: 'short', day: 'numeric', month: 'short' }).format(at).replace(',', '');
}

/** Thursday 19 November */
export function longDay(clock: Clock, at: Instant): string {
  return stamp(clock, { weekday: 'long', day: 'numeric', month: 'long' }).format(at).replace(',', '');
}

/** Today as its own word, any other day by name. */
export function dayHead(clock: Clock, at: Instant): string {
  const name = dayName(clock, at);
  return dayKey(clock, at) === dayKey(clock, clock.now) ? t('format.today', { day: name }) : name;
}

/** now, 4 min, 1 h, then 14:21, Wed 17:45, 18 Nov, 18 Nov 2025. */
export function when(clock: Clock, at: Instant): string {
  const away = Math.abs(clock.now - at);
  if (away < MINUTE) return t('format.now');
  if (away < HOUR) return `${Math.floor(away / MINUTE)} min`;
  if (away < 6 * HOUR) return `${Math.floor(away / HOUR)} h`;
  if (dayKey(clock, at) === dayKey(clock, clock.now)) return clockTime(clock, at);
  if (away < 6 * DAY) return `${stamp(clock, { weekday: 'short' }).format(at)} ${clockTime(clock, at)}`;
  const sameYear = stamp(clock, { year: 'numeric' }).format(at) === stamp(clock, { year: 'numeric' }).format(clock.now);
  return stamp(
    clock,
    sameYear ? { day: 'numeric', month: 'short' } : { day: 'numeric', month: 'short', year: 'numeric' },
  ).format(at);
}

/** For the tooltip of a time: to the millisecond, with its zone. */
export function exactTime(clock: Clock, at: Instant): string {
  return stamp(clock, {
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    fractionalSecondDigits: 3,
    hour12: false,
    timeZoneName: 'short',
  }).format(at);
}

/** 9f2c 41ab 07d3: hex in fours, cut to `digits`. */
export function hash(hex: string, digits = 12): string {
  return (hex.slice(0, digits).match(/.{1,4}/g) ?? []).join(' ');
}

/** Cut in the middle of the path, never in its last part. */
export function shortPath(path: string, most: number): string {
  if (path.length <= most) return path;
  const parts = path.split('/');
  const last = parts.pop() ?? '';
  const kept: string[] = [];
  let room = most - last.length - 2;
  for (const part of parts) {
    if (part.length + 1 > room) break;
    kept.push(part);
    room -= part.length + 1;
  }
  return [...kept, '…', last].join('/');
}

/** Until when something stands: 18:04 today, Sat 28 Nov 18:04 on another day. A time alone would be taken for today's. */
export function deadline(clock: Clock, at: Instant): string {
  const time = clockTime(clock, at);
  return dayKey(clock, at) === dayKey(clock, clock.now) ? time : `${dayName(clock, at)} ${time}`;
}

/** Somebody's words as a sentence begins. */
export function sentence(words: string): string {
  return words.slice(0, 1).toUpperCase() + words.slice(1);
}

/** Text whose lines were broken for a narrow page, as paragraphs: a line goes on only where the next one begins small. */
export function unwrapped(text: string): string {
  return text.replaceAll(/(?<![.:;!?\n])\n(?=\p{Ll})/gu, ' ');
}

/** Facts in a line, divided by commas; what is not known leaves no gap. */
export function list(parts: readonly (string | null | undefined | false)[]): string {
  return parts.filter(Boolean).join(', ');
}
