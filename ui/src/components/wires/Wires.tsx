import { classes } from '../classes.ts';

export interface WirePath {
  id: string;
  path: string;
  /** Belongs to what is chosen. */
  on?: boolean;
  /** Leads from or to something that does not exist yet. */
  plan?: boolean;
}

/** Connectors under nodes. Pure picture: the same edges can be walked with the arrow keys. Those that are on lie on top. */
export function Wires({ width, height, wires }: { width: number; height: number; wires: readonly WirePath[] }) {
  const ordered = wires.toSorted((a, b) => Number(a.on ?? false) - Number(b.on ?? false));
  return (
    <svg className="wires" width={width} height={height} aria-hidden="true">
      {ordered.map((wire) => (
        <path
          key={wire.id}
          d={wire.path}
          className={classes(wire.on && 'on', !wire.on && wire.plan && 'plan') || undefined}
        />
      ))}
    </svg>
  );
}
