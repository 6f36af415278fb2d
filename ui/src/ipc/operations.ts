// Queries and commands as hooks, typed by the generated table. What a command or an event makes stale is declared in Rust
// beside the operation: nothing here guesses it.
import {
  keepPreviousData,
  type Query,
  type QueryClient,
  useInfiniteQuery,
  useMutation,
  useQuery,
  useQueryClient,
} from '@tanstack/react-query';
import { type Operations, operations } from './bindings.ts';
import { createClient } from './client.ts';
import type { CallError } from './errors.ts';
import { useTransport } from './TransportContext.tsx';

type Names<Kind extends 'query' | 'command'> = {
  [Name in keyof Operations]: (typeof operations)[Name]['kind'] extends Kind ? Name : never;
}[keyof Operations];

export type QueryName = Names<'query'>;
export type CommandName = Names<'command'>;

interface Asking {
  enabled?: boolean;
  fresh?: boolean;
  keep?: boolean;
  every?: number;
}

/** What a query answers; asked once, and again when one of its tags is dropped. `fresh`: of something that can change
 *  without the host being told, so that it is asked again whenever somebody looks; `every` so many ms while they do.
 *  `keep`: until another input is answered, the answer to the one before stays. */
export function useOperation<Name extends QueryName>(
  operation: Name,
  input: Operations[Name]['input'],
  { enabled = true, fresh = false, keep = false, every }: Asking = {},
) {
  const transport = useTransport();
  return useQuery<Operations[Name]['output'], CallError>({
    queryKey: [operation, input],
    queryFn: () => createClient<Operations>(transport).call(operation, input),
    enabled,
    ...(every !== undefined && { refetchInterval: every }),
    ...(keep && { placeholderData: keepPreviousData }),
    ...(fresh && { staleTime: 0, gcTime: 0, refetchOnWindowFocus: 'always' as const }),
  });
}

/** A query that is asked when somebody acts, each time anew. */
export function useAsk<Name extends QueryName>(operation: Name) {
  const transport = useTransport();
  return useMutation<Operations[Name]['output'], CallError, Operations[Name]['input']>({
    mutationFn: (input) => createClient<Operations>(transport).call(operation, input),
  });
}

/** A command, and what it makes stale dropped once it was carried out. `forget`: its input is not kept afterwards. */
export function useCommand<Name extends CommandName>(operation: Name, options?: { forget?: boolean }) {
  const transport = useTransport();
  const queries = useQueryClient();
  return useMutation<Operations[Name]['output'], CallError, Operations[Name]['input']>({
    mutationFn: (input) => createClient<Operations>(transport).call(operation, input),
    onSuccess: () => dropTags(queries, new Set(operations[operation].tags)),
    ...(options?.forget && { gcTime: 0 }),
  });
}

function isOperation(name: unknown): name is keyof Operations {
  return typeof name === 'string' && Object.hasOwn(operations, name);
}

/** Drops every cached query that provides one of the tags, and asks those again that are on the screen. */
export async function dropTags(queries: QueryClient, tags: ReadonlySet<string>): Promise<void> {
  if (tags.size === 0) return;
  const stale = queries.getQueryCache().findAll({
    predicate: ({ queryKey: [name] }) => isOperation(name) && operations[name].tags.some((tag) => tags.has(tag)),
  });
  await Promise.all(stale.map((query) => renew(queries, query)));
}

/** An answer under way may be older than what makes it stale, so it is asked for once more; and it is not thrown away,
 *  since under a steady stream of events none would ever arrive. */
async function renew(queries: QueryClient, query: Query): Promise<void> {
  if (query.state.fetchStatus === 'fetching') await query.promise?.catch(() => {});
  await queries.invalidateQueries({ predicate: (one) => one === query }, { cancelRefetch: false });
}

/** A query that is answered page by page. `next` says where the page after one begins; null after the last. What is
 *  stale is read again as far as it was read. */
export function useOperationPages<Name extends QueryName, At>(
  operation: Name,
  input: (from: At | null) => Operations[Name]['input'],
  next: (page: Operations[Name]['output']) => At | null,
) {
  const transport = useTransport();
  return useInfiniteQuery<
    Operations[Name]['output'],
    CallError,
    { pages: Operations[Name]['output'][] },
    unknown[],
    At | null
  >({
    queryKey: [operation, input(null), 'pages'],
    queryFn: ({ pageParam }) => createClient<Operations>(transport).call(operation, input(pageParam as At | null)),
    initialPageParam: null,
    getNextPageParam: (page) => next(page),
  });
}
