import type { Transport } from './transport.ts';

/** A transport that knows which operations there are, and what each takes and answers. */
export interface Client<Operations extends OperationsOf<Operations>> {
  call<Name extends keyof Operations & string>(
    operation: Name,
    input: Operations[Name]['input'],
  ): Promise<Operations[Name]['output']>;
}

/** What the generated table looks like: each name with its two types. */
export type OperationsOf<Operations> = { [Name in keyof Operations]: { input: unknown; output: unknown } };

export function createClient<Operations extends OperationsOf<Operations>>(transport: Transport): Client<Operations> {
  return {
    // The host checks both; generated types say what it takes and answers.
    call: (operation, input) => transport.call(operation, input),
  };
}
