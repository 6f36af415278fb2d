import { HttpTransport } from './http.ts';
import { takeCode } from './session.ts';
import type { Transport } from './transport.ts';

/** The desktop shell if this runs in it, else the server this page came from. Spends a code of the address bar first. */
export async function connect(): Promise<Transport> {
  if ('__TAURI_INTERNALS__' in globalThis) {
    const { TauriTransport } = await import('./tauri.ts');
    return new TauriTransport();
  }
  const code = takeCode(location, history);
  const transport = new HttpTransport();
  // A refused code shows as a session that is not there; the page says so and how to get another.
  if (code !== null) await transport.exchange(code).catch(() => undefined);
  return transport;
}
