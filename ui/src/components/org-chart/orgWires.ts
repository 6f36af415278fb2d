// The wires between managers and those below them, as what a painter needs of them. Pure.

type Point = readonly [number, number];

export interface PlacedWire {
  points: readonly Point[];
  left: number;
  top: number;
  right: number;
  bottom: number;
}

/** A straight piece, level or upright. */
export interface Piece {
  x: number;
  y: number;
  width: number;
  height: number;
}

export function placeWire(points: readonly Point[]): PlacedWire {
  const xs = points.map(([x]) => x);
  const ys = points.map(([, y]) => y);
  return { points, left: Math.min(...xs), top: Math.min(...ys), right: Math.max(...xs), bottom: Math.max(...ys) };
}

type Span = readonly [number, number];

/** Everybody below a manager has a wire of their own, and most of it lies on their neighbours'. */
export function piecesOf(wires: readonly PlacedWire[]): Piece[] {
  const level = new Map<number, Span[]>();
  const upright = new Map<number, Span[]>();
  const keep = (spans: Map<number, Span[]>, at: number, a: number, b: number) => {
    const span: Span = [Math.min(a, b), Math.max(a, b)];
    const known = spans.get(at);
    if (known) known.push(span);
    else spans.set(at, [span]);
  };
  for (const { points } of wires) {
    points.forEach(([x, y], index) => {
      const next = points[index + 1];
      if (!next) return;
      if (next[0] === x) keep(upright, x, y, next[1]);
      else keep(level, y, x, next[0]);
    });
  }
  const pieces: Piece[] = [];
  for (const [x, spans] of upright)
    for (const [from, to] of joined(spans)) pieces.push({ x, y: from, width: 0, height: to - from });
  for (const [y, spans] of level)
    for (const [from, to] of joined(spans)) pieces.push({ x: from, y, width: to - from, height: 0 });
  return pieces;
}

function joined(spans: readonly Span[]): Span[] {
  const out: [number, number][] = [];
  for (const [from, to] of spans.toSorted((a, b) => a[0] - b[0])) {
    const last = out.at(-1);
    if (last && from <= last[1]) last[1] = Math.max(last[1], to);
    else out.push([from, to]);
  }
  return out;
}
