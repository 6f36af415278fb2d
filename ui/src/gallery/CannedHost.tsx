import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { CallError } from '#ui/ipc/errors.ts';
import { TransportProvider } from '#ui/ipc/TransportContext.tsx';
import type { Connection, Transport } from '#ui/ipc/transport.ts';
import words from './en.json';

/** What a host would answer, by operation. */
export type Answers = Readonly<Record<string, unknown>>;

const LIVE: Connection = { state: 'live' };

const refuse = () => Promise.reject(new CallError({ code: 'gallery', message: words.noHost }));

function cannedTransport(answers: Answers): Transport {
  return {
    connection: { get: () => LIVE, subscribe: () => () => {}, retry: () => {} },
    subscribe: () => () => {},
    upload: refuse,
    call: (operation) => (operation in answers ? Promise.resolve(answers[operation]) : refuse()),
  };
}

/** A page that asks its host, with invented answers: the gallery shows the very component that people use. */
export function CannedHost({ answers, children }: { answers: Answers; children: ReactNode }) {
  const [transport] = useState(() => cannedTransport(answers));
  const [queries] = useState(() => new QueryClient({ defaultOptions: { queries: { retry: false } } }));
  return (
    <TransportProvider transport={transport}>
      <QueryClientProvider client={queries}>{children}</QueryClientProvider>
    </TransportProvider>
  );
}
