import type { MemberRef } from '../member/member.ts';
import type { Status } from '../status/statuses.ts';
import { CARD, detailAt, type OrgCard, type OrgLayout, type View } from './orgLayout.ts';
import { paintStatus } from './statusPaint.ts';

/** The colours and the font in force, read from the roles of the theme. */
export interface Palette {
  font: string;
  bg: string;
  active: string;
  text: string;
  text2: string;
  text3: string;
  line2: string;
  ctl: string;
  faint: string;
  track: string;
  n8: string;
  accent: string;
  accentTint: string;
  build: string;
  status: Record<Status, string>;
}

function readPalette(element: Element): Palette {
  const style = getComputedStyle(element);
  const get = (name: string) => style.getPropertyValue(name).trim();
  const quiet = get('--text-3');
  return {
    font: style.fontFamily,
    bg: get('--bg'),
    active: get('--active'),
    text: get('--text'),
    text2: get('--text-2'),
    text3: quiet,
    line2: get('--line-2'),
    ctl: get('--ctl'),
    faint: get('--faint'),
    track: get('--track'),
    n8: get('--n8'),
    accent: get('--accent'),
    accentTint: get('--accent-tint'),
    build: get('--build-mark'),
    status: {
      queued: quiet,
      paused: quiet,
      skipped: quiet,
      offline: quiet,
      run: get('--run-mark'),
      wait: get('--wait-mark'),
      ask: get('--wait-mark'),
      done: get('--done-mark'),
      fail: get('--fail-mark'),
      unknown: get('--unknown-mark'),
      build: get('--build-mark'),
    },
  };
}

/** Reading styles is slow; between two turns of the theme they do not change. */
export class PaletteCache {
  #turn: number | null = null;
  #palette: Palette | null = null;

  of(element: Element, turn: number): Palette {
    if (this.#palette === null || this.#turn !== turn) {
      this.#palette = readPalette(element);
      this.#turn = turn;
    }
    return this.#palette;
  }
}

export interface Scene {
  layout: OrgLayout;
  view: View;
  width: number;
  height: number;
  ratio: number;
  chosen: string | null;
  hover: string | null;
  palette: Palette;
}

/** Paints what is in view, and nothing that is not. */
export function paintOrg(ctx: CanvasRenderingContext2D, scene: Scene) {
  const { view, width, height, ratio, layout, palette } = scene;
  ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
  ctx.clearRect(0, 0, width, height);
  const detail = detailAt(view.scale);
  if (detail === 'dot') {
    paintFar(ctx, scene);
    return;
  }
  ctx.setTransform(ratio * view.scale, 0, 0, ratio * view.scale, ratio * view.x, ratio * view.y);
  const left = -view.x / view.scale;
  const top = -view.y / view.scale;
  const right = left + width / view.scale;
  const bottom = top + height / view.scale;
  ctx.strokeStyle = palette.faint;
  ctx.lineWidth = Math.max(1.25, 0.75 / view.scale);
  ctx.beginPath();
  for (const wire of layout.wires) {
    if (wire.right < left || wire.left > right || wire.bottom < top || wire.top > bottom) continue;
    traceWire(ctx, wire.points);
  }
  ctx.stroke();
  for (const card of layout.cards) {
    if (card.x > right || card.x + card.width < left || card.y > bottom || card.y + CARD.height < top) continue;
    if (detail === 'card') paintCard(ctx, card, scene);
    else paintChip(ctx, card, scene);
  }
}

/** Everybody at once: thousands of dots and wires as rectangles of whole pixels, which is what a canvas is quickest at. */
function paintFar(ctx: CanvasRenderingContext2D, scene: Scene) {
  const { view, width, height, ratio, layout, palette, chosen } = scene;
  ctx.setTransform(1, 0, 0, 1, 0, 0);
  const scale = view.scale * ratio;
  const [right, bottom] = [width * ratio, height * ratio];
  const px = (x: number) => Math.round(x * scale + view.x * ratio);
  const py = (y: number) => Math.round(y * scale + view.y * ratio);
  const hair = Math.max(1, Math.round(0.75 * ratio));
  ctx.fillStyle = palette.faint;
  for (const piece of layout.far) {
    const [x, y] = [px(piece.x), py(piece.y)];
    const [w, h] = [Math.max(hair, Math.round(piece.width * scale)), Math.max(hair, Math.round(piece.height * scale))];
    if (x <= right && y <= bottom && x + w >= 0 && y + h >= 0) ctx.fillRect(x, y, w, h);
  }
  const size = Math.round(Math.max(4, Math.min(9, 44 * view.scale)) * ratio);
  let colour = '';
  for (const { member, x: cardX, y: cardY } of layout.cards) {
    const [x, y] = [px(cardX), py(cardY + CARD.height / 2) - Math.round(size / 2)];
    if (x > right || y > bottom || x + size < 0 || y + size < 0) continue;
    const own = dotColour(member.status, palette);
    if (own !== colour) ctx.fillStyle = own;
    colour = own;
    if (member.member.kind === 'person') {
      box(ctx, x, y, size, size, size / 2);
      ctx.fill();
    } else ctx.fillRect(x, y, size, size);
    if (member.id !== chosen) continue;
    box(ctx, x - 2 * ratio, y - 2 * ratio, size + 4 * ratio, size + 4 * ratio, 3 * ratio);
    ctx.strokeStyle = palette.accent;
    ctx.lineWidth = 1.5 * ratio;
    ctx.stroke();
  }
}

const BEND = 5;

function traceWire(ctx: CanvasRenderingContext2D, points: readonly (readonly [number, number])[]) {
  const [first, ...rest] = points;
  if (!first) return;
  ctx.moveTo(first[0], first[1]);
  rest.forEach(([x, y], index) => {
    const next = rest[index + 1];
    if (next) ctx.arcTo(x, y, next[0], next[1], BEND);
    else ctx.lineTo(x, y);
  });
}

function box(ctx: CanvasRenderingContext2D, x: number, y: number, width: number, height: number, radius: number) {
  ctx.beginPath();
  ctx.roundRect(x, y, width, height, radius);
}

function paintCard(ctx: CanvasRenderingContext2D, card: OrgCard, { palette, chosen, hover }: Scene) {
  const { member, x, y, width } = card;
  const isChosen = member.id === chosen;
  const isBuild = member.status === 'build';
  box(ctx, x + 0.5, y + 0.5, width - 1, CARD.height - 1, 5);
  ctx.fillStyle = palette.bg;
  ctx.fill();
  ctx.lineWidth = isChosen ? 2 : 1;
  ctx.strokeStyle = isChosen
    ? palette.accent
    : isBuild
      ? palette.build
      : member.id === hover
        ? palette.ctl
        : palette.line2;
  if (isBuild && !isChosen) ctx.setLineDash([3, 3]);
  ctx.stroke();
  ctx.setLineDash([]);
  paintAvatar(ctx, member.member, x + 6, y + 12, palette);
  const textX = x + 32;
  ctx.textBaseline = 'alphabetic';
  ctx.textAlign = 'left';
  ctx.fillStyle = palette.text;
  ctx.font = `500 13px ${palette.font}`;
  ctx.fillText(cutText(ctx, member.member.name, width - 38), textX, y + 19);
  const loadWidth = member.load ? member.load.limit * 6 + 4 : 0;
  paintStatus(ctx, member.status, textX, y + 25, 12, palette.status[member.status], palette.bg);
  ctx.fillStyle = palette.text3;
  ctx.font = `400 12px ${palette.font}`;
  ctx.fillText(cutText(ctx, member.line, width - 38 - 16 - loadWidth), textX + 16, y + 35);
  if (member.load) {
    for (let place = 0; place < member.load.limit; place += 1) {
      ctx.fillStyle = place < member.load.running ? palette.n8 : palette.track;
      ctx.fillRect(x + width - 6 - (member.load.limit - place) * 6 + 2, y + 26, 4, 10);
    }
  }
}

function paintAvatar(ctx: CanvasRenderingContext2D, member: MemberRef, x: number, y: number, palette: Palette) {
  box(ctx, x + 0.5, y + 0.5, 19, 19, member.kind === 'person' ? 9.5 : 3);
  ctx.fillStyle = member.kind === 'person' ? palette.active : palette.bg;
  if (!member.missing) ctx.fill();
  ctx.lineWidth = 1;
  ctx.strokeStyle = member.missing ? palette.build : palette.line2;
  if (member.missing) ctx.setLineDash([2, 2]);
  ctx.stroke();
  ctx.setLineDash([]);
  ctx.fillStyle = palette.text2;
  ctx.font = `600 9px ${palette.font}`;
  ctx.textAlign = 'center';
  ctx.textBaseline = 'middle';
  ctx.fillText(member.initials, x + 10, y + 10.5);
}

/** Sized in pixels of the screen: a chip stays readable while the card it stands for has become too small. */
function paintChip(ctx: CanvasRenderingContext2D, card: OrgCard, { palette, chosen, view }: Scene) {
  const { member, x, y, width } = card;
  const unit = 1 / view.scale;
  const isChosen = member.id === chosen;
  box(ctx, x, y + CARD.height / 2 - 10 * unit, width, 20 * unit, 3 * unit);
  ctx.fillStyle = isChosen ? palette.accentTint : palette.active;
  ctx.fill();
  if (isChosen) {
    ctx.strokeStyle = palette.accent;
    ctx.lineWidth = unit;
    ctx.stroke();
  }
  const middle = y + CARD.height / 2;
  paintStatus(
    ctx,
    member.status,
    x + 4 * unit,
    middle - 5 * unit,
    10 * unit,
    palette.status[member.status],
    palette.active,
  );
  ctx.fillStyle = isChosen ? palette.text : palette.text2;
  ctx.font = `400 ${11 * unit}px ${palette.font}`;
  ctx.textAlign = 'left';
  ctx.textBaseline = 'middle';
  ctx.fillText(cutText(ctx, member.member.name, width - 20 * unit), x + 17 * unit, middle);
}

const LOUD: ReadonlySet<Status> = new Set(['wait', 'ask', 'fail', 'unknown', 'build']);

/** Only what waits or failed has a colour. */
function dotColour(status: Status, palette: Palette): string {
  if (LOUD.has(status)) return palette.status[status];
  return status === 'run' ? palette.n8 : palette.track;
}

const cuts = new Map<string, string>();

/** What fits, with an ellipsis where something had to go. Measured once for each text, font and room. */
function cutText(ctx: CanvasRenderingContext2D, text: string, room: number): string {
  const key = `${ctx.font} ${Math.round(room)} ${text}`;
  const known = cuts.get(key);
  if (known !== undefined) return known;
  let shown = text;
  if (ctx.measureText(text).width > room) {
    let end = text.length;
    while (end > 1 && ctx.measureText(`${text.slice(0, end)}…`).width > room) end -= 1;
    shown = `${text.slice(0, end).trimEnd()}…`;
  }
  if (cuts.size > 20_000) cuts.clear();
  cuts.set(key, shown);
  return shown;
}
