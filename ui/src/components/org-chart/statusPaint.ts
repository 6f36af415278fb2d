// The silhouettes of StatusIcon.tsx for a canvas: filled shapes with what is cut out of them, or strokes. On a 16 px grid.
import type { Status } from '../status/statuses.ts';

interface Shape {
  fill?: string;
  cut?: string;
  stroke?: string;
  dash?: number[];
}

const RING = 'M13.5 8a5.5 5.5 0 1 1-11 0 5.5 5.5 0 0 1 11 0z';

const SHAPES: Record<Status, Shape> = {
  queued: { stroke: RING },
  paused: { stroke: `${RING}M6.5 6v4M9.5 6v4` },
  skipped: { stroke: `${RING}M4.5 11.5l7-7` },
  offline: { stroke: RING, dash: [2, 2.32] },
  run: { stroke: 'M8 2.5A5.5 5.5 0 0 1 13.5 8', fill: 'M10 8a2 2 0 1 1-4 0 2 2 0 0 1 4 0z' },
  wait: { fill: 'M8 1.2 14.8 8 8 14.8 1.2 8z', cut: 'M8 5v3.4M8 10.8h.01' },
  ask: {
    fill: 'M1.2 1.5h13.6v10.3H8.6L5 15v-3.2H1.2z',
    cut: 'M6.4 5.2a1.65 1.65 0 1 1 2.4 1.5c-.6.3-.8.5-.8 1M8 9.7h.01',
  },
  done: { fill: 'M14.4 8a6.4 6.4 0 1 1-12.8 0 6.4 6.4 0 0 1 12.8 0z', cut: 'M5.3 8.2l1.9 1.9 3.5-4' },
  fail: { fill: 'M5.2 1.5h5.6l3.7 3.7v5.6l-3.7 3.7H5.2l-3.7-3.7V5.2z', cut: 'M5.8 5.8l4.4 4.4M10.2 5.8l-4.4 4.4' },
  unknown: { stroke: 'M2 2h12v12H2zM6.3 6.2a1.75 1.75 0 1 1 2.5 1.5c-.6.3-.8.6-.8 1.1M8 11.2h.01' },
  build: { stroke: 'M2 2h12v12H2zM8 5.3v5.4M5.3 8h5.4', dash: [2.4, 2.4] },
};

const paths = new Map<string, Path2D>();

function pathOf(data: string): Path2D {
  const known = paths.get(data);
  if (known) return known;
  const made = new Path2D(data);
  paths.set(data, made);
  return made;
}

export function paintStatus(
  ctx: CanvasRenderingContext2D,
  status: Status,
  x: number,
  y: number,
  size: number,
  colour: string,
  ground: string,
) {
  const shape = SHAPES[status];
  ctx.save();
  ctx.translate(x, y);
  ctx.scale(size / 16, size / 16);
  ctx.lineWidth = 1.5;
  ctx.lineCap = 'round';
  ctx.lineJoin = 'round';
  ctx.fillStyle = colour;
  ctx.strokeStyle = colour;
  if (status === 'run') {
    ctx.globalAlpha = 0.3;
    ctx.stroke(pathOf(RING));
    ctx.globalAlpha = 1;
  }
  if (shape.fill) ctx.fill(pathOf(shape.fill));
  if (shape.dash) ctx.setLineDash(shape.dash);
  if (shape.stroke) ctx.stroke(pathOf(shape.stroke));
  ctx.setLineDash([]);
  if (shape.cut) {
    ctx.strokeStyle = ground;
    ctx.stroke(pathOf(shape.cut));
  }
  ctx.restore();
}
