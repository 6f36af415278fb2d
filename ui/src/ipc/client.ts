import type { Transport } from './transport.ts';

/** The shape of what is generated into bindings.ts: `export interface Operations { 'project.list': { input: …; output: … } }`. */
export type OperationMap = { [operation: string]: { input: unknown; output: unknown } };

/** A transport that knows which operations there are. `createClient<Operations>(transport)` once bindings.ts is there. */
export interface Client<Operations extends OperationMap> {
  call<Name extends keyof Operations & string>(
    operation: Name,
    input: Operations[Name]['input'],
  ): Promise<Operations[Name]['output']>;
}

export function createClient<Operations extends OperationMap>(transport: Transport): Client<Operations> {
  return {
    // The host checks both; generated types say what it takes and answers.
    call: (operation, input) => transport.call(operation, input),
  };
}
