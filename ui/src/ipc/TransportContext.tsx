import { createContext, type ReactNode, use, useSyncExternalStore } from 'react';
import type { Connection, Transport } from './transport.ts';

const TransportContext = createContext<Transport | null>(null);

export function TransportProvider({ transport, children }: { transport: Transport; children: ReactNode }) {
  return <TransportContext value={transport}>{children}</TransportContext>;
}

export function useTransport(): Transport {
  const transport = use(TransportContext);
  if (!transport) throw new Error('No transport above this component');
  return transport;
}

export function useConnection(): Connection {
  const { connection } = useTransport();
  return useSyncExternalStore(connection.subscribe, connection.get);
}
