import { Fragment } from 'react';
import { keyCaps } from './keyCaps.ts';

/** The caps of a key as the registry writes it: "Mod+K", "G I", "A". */
export function Kbd({ keys }: { keys: string }) {
  return (
    <>
      {keyCaps(keys).map((cap) => (
        <Fragment key={cap}>
          <kbd className="kbd">{cap}</kbd>
        </Fragment>
      ))}
    </>
  );
}
