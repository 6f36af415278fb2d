import { t } from '#ui/words/words.ts';

/** An error as the API sends it. A code exists only if a caller acts on it; words are for people. */
export class CallError extends Error {
  readonly code: string;
  readonly hint: string | undefined;
  readonly details: unknown;

  constructor({
    code,
    message,
    hint,
    details,
  }: { code: string; message: string; hint?: string | undefined; details?: unknown }) {
    super(message);
    this.name = 'CallError';
    this.code = code;
    this.hint = hint;
    this.details = details;
  }

  /** Whatever was thrown, as an error with a code. What has no code of its own is the interface's fault. */
  static from(thrown: unknown): CallError {
    if (thrown instanceof CallError) return thrown;
    const body = readBody(thrown);
    if (body) return new CallError(body);
    return new CallError({
      code: 'interface',
      message: thrown instanceof Error ? thrown.message : t('error.interface'),
    });
  }
}

const UNREACHABLE = 'transport.unreachable';

/** The host is not there. Codes that start with `transport.` are made here, all others by the host. */
export function unreachable(): CallError {
  return new CallError({
    code: UNREACHABLE,
    message: t('error.unreachable'),
    hint: t('error.unreachableHint'),
  });
}

export function isUnreachable(error: CallError): boolean {
  return error.code === UNREACHABLE;
}

function readBody(value: unknown): { code: string; message: string; hint?: string; details?: unknown } | null {
  if (typeof value !== 'object' || value === null || !('code' in value) || !('message' in value)) return null;
  const { code, message } = value;
  if (typeof code !== 'string' || typeof message !== 'string') return null;
  const hint = 'hint' in value && typeof value.hint === 'string' ? value.hint : undefined;
  return { code, message, ...(hint !== undefined && { hint }), ...('details' in value && { details: value.details }) };
}
