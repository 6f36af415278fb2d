import { useTransport } from '#ui/ipc/TransportContext.tsx';

/** Has the host write down that a page failed. Where that fails, too, the page has said so already. */
export function useReportError(): (error: unknown) => void {
  const transport = useTransport();
  return (error) => {
    const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    const place = globalThis.location.hash;
    transport.call('system.report_error', { message, place }).catch(() => {});
  };
}
