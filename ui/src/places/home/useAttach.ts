import { useMemo } from 'react';
import type { AttachOutput } from '#ui/ipc/bindings.ts';
import { CallError } from '#ui/ipc/errors.ts';
import { useTransport } from '#ui/ipc/TransportContext.tsx';
import type { Transport } from '#ui/ipc/transport.ts';
import { t } from '#ui/words/words.ts';
import type { AttachActs, Taken } from './model.ts';

/** As the host has it: what is larger is refused before it is sent. */
const LARGEST = 64 * 1024 * 1024;

/** How files get to the host of this window. */
export function useAttach(): AttachActs {
  const transport = useTransport();
  return useMemo(() => attachTo(transport), [transport]);
}

function attachTo(transport: Transport): AttachActs {
  const { machine } = transport;
  return {
    upload: async (file) => {
      if (file.size > LARGEST) {
        throw new CallError({ code: 'attachment_too_large', message: t('attach.tooLarge', { name: file.name }) });
      }
      return taken(await transport.upload(file));
    },
    ...(machine && {
      machine: {
        take: async (path) => taken(await transport.call('request.attach', { kind: 'path', path })),
        pick: machine.pick,
        onDrop: machine.onDrop,
      },
    }),
  };
}

/** The host answers one of the two. */
function taken(answer: unknown): Taken {
  const { attachment, folder } = answer as AttachOutput;
  if (attachment) return { file: attachment };
  if (folder !== null) return { folder };
  throw new CallError({ code: 'transport.answer', message: t('error.answer') });
}
