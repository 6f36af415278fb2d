// Places an organisation of any size. Whoever has people below them stands in the tree; members without any are stacked under
// their manager, so that five thousand members are a few screens wide instead of hundreds.
import { type Block, belowOf, boxOf, CARD, type OrgCard, type OrgMember } from './orgBoxes.ts';
import { type Piece, type PlacedWire, piecesOf, placeWire } from './orgWires.ts';

export { CARD, type OrgCard, type OrgMember } from './orgBoxes.ts';

export interface OrgLayout {
  cards: readonly OrgCard[];
  wires: readonly PlacedWire[];
  /** The wires as straight pieces, those that lie on each other as one: what is seen of them from far away. */
  far: readonly Piece[];
  width: number;
  height: number;
  byId: ReadonlyMap<string, OrgCard>;
}

function blocksOf(members: readonly OrgMember[]): Block {
  const below = belowOf(members);
  const placed = new Set<string>();
  const block = (member: OrgMember | null): Block => {
    if (member) placed.add(member.id);
    const own = (below.get(member?.id ?? null) ?? []).filter((other) => !placed.has(other.id));
    const leaves = own.filter((other) => !below.has(other.id));
    const managers = own.filter((other) => below.has(other.id)).map(block);
    if (managers.length === 0) return { member, leaves, children: [] };
    const beside: Block[] = leaves.length > 0 ? [{ member: null, leaves, children: [] }] : [];
    return { member, leaves: [], children: [...managers, ...beside] };
  };
  const root = block(null);
  const [only] = root.children;
  return only && root.children.length === 1 && root.leaves.length === 0 ? only : root;
}

export function layoutOrg(members: readonly OrgMember[]): OrgLayout {
  if (members.length === 0) return { cards: [], wires: [], far: [], width: 0, height: 0, byId: new Map() };
  const boxes = boxOf(blocksOf(members), CARD.rootWidth);
  const bounds = boundsOf(boxes.cards);
  const left = bounds.left - CARD.edge;
  const top = bounds.top - CARD.edge / 2;
  const shifted = boxes.cards.map((card) => ({ ...card, x: card.x - left, y: card.y - top }));
  const wires = boxes.wires.map(({ points }) => placeWire(points.map(([x, y]) => [x - left, y - top] as const)));
  return {
    cards: shifted,
    wires,
    far: piecesOf(wires),
    width: bounds.width + 2 * CARD.edge,
    height: bounds.height + CARD.edge * 1.5,
    byId: new Map(shifted.map((card) => [card.member.id, card])),
  };
}

function boundsOf(cards: readonly OrgCard[]) {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const { x, y, width } of cards) {
    left = Math.min(left, x);
    top = Math.min(top, y);
    right = Math.max(right, x + width);
    bottom = Math.max(bottom, y + CARD.height);
  }
  return { left, top, width: right - left, height: bottom - top };
}

/** Which card lies under a point of the layout. */
export function cardAt(layout: OrgLayout, x: number, y: number): OrgCard | null {
  return (
    layout.cards.findLast(
      (card) => x >= card.x && x <= card.x + card.width && y >= card.y && y <= card.y + CARD.height,
    ) ?? null
  );
}

export type OrgDetail = 'card' | 'chip' | 'dot';

/** Look §9: a card from 104 px, a chip from 64, a dot below. */
export function detailAt(scale: number): OrgDetail {
  const width = CARD.width * scale;
  if (width >= 104) return 'card';
  return width >= 64 ? 'chip' : 'dot';
}

export interface View {
  x: number;
  y: number;
  scale: number;
}

export const SCALE = { least: 0.05, most: 1.5 } as const;

/** The whole of it in the room there is, never larger than it is. */
export function fitView(layout: Pick<OrgLayout, 'width' | 'height'>, width: number, height: number): View {
  const scale = Math.max(
    SCALE.least,
    Math.min(1, width / Math.max(1, layout.width), height / Math.max(1, layout.height)),
  );
  return { scale, x: Math.max(0, (width - layout.width * scale) / 2), y: 0 };
}

/** Larger or smaller, with the point under the pointer staying where it is. */
export function zoomAt(view: View, factor: number, x: number, y: number): View {
  const scale = Math.min(SCALE.most, Math.max(SCALE.least, view.scale * factor));
  const ratio = scale / view.scale;
  return { scale, x: x - (x - view.x) * ratio, y: y - (y - view.y) * ratio };
}

/** Moves as little as is needed for the card to be in view. */
export function revealCard(view: View, card: OrgCard, width: number, height: number): View {
  const margin = 16;
  const left = card.x * view.scale + view.x;
  const top = card.y * view.scale + view.y;
  const right = left + card.width * view.scale;
  const bottom = top + CARD.height * view.scale;
  const dx = left < margin ? margin - left : right > width - margin ? width - margin - right : 0;
  const dy = top < margin ? margin - top : bottom > height - margin ? height - margin - bottom : 0;
  return dx === 0 && dy === 0 ? view : { ...view, x: view.x + dx, y: view.y + dy };
}
