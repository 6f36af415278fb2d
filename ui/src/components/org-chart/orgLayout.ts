// Places an organisation of any size. Whoever has people below them stands in the tree; members without any are stacked under
// their manager, so that five thousand members are a few screens wide instead of hundreds.
import { type HierarchyPointNode, hierarchy, tree } from 'd3-hierarchy';
import type { OrgNodeModel } from '../org-node/OrgNode.tsx';

export interface OrgMember extends OrgNodeModel {
  id: string;
  reportsTo: string | null;
}

export interface OrgCard {
  member: OrgMember;
  x: number;
  y: number;
  width: number;
}

export interface OrgWire {
  /** Pairs of x and y, drawn with rounded corners. */
  points: readonly (readonly [number, number])[];
}

export interface OrgLayout {
  cards: readonly OrgCard[];
  wires: readonly OrgWire[];
  width: number;
  height: number;
  byId: ReadonlyMap<string, OrgCard>;
}

export const CARD = {
  height: 44,
  width: 200,
  rootWidth: 220,
  leafWidth: 184,
  gap: 6,
  level: 92,
  indent: 16,
  stackFirst: 92,
  stackStep: 54,
  edge: 16,
} as const;
/** A longer stack becomes several beside one another. */
const STACK_MOST = 14;

interface Block {
  /** Absent for the block that only holds the leaves beside managers, and for the root of several. */
  member: OrgMember | null;
  leaves: readonly OrgMember[];
  children: Block[];
}

function columnsOfStack(block: Block): number {
  return Math.max(1, Math.ceil(block.leaves.length / STACK_MOST));
}

function blocksOf(members: readonly OrgMember[]): Block {
  const known = new Set(members.map((member) => member.id));
  const below = new Map<string | null, OrgMember[]>();
  for (const member of members) {
    const manager = member.reportsTo !== null && known.has(member.reportsTo) ? member.reportsTo : null;
    below.set(manager, [...(below.get(manager) ?? []), member]);
  }
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
  if (members.length === 0) return { cards: [], wires: [], width: 0, height: 0, byId: new Map() };
  const root = blocksOf(members);
  const whole = placeTree(root);
  const { cards, wires } =
    boundsOf(whole.cards).width > WRAP_ABOVE && root.children.length > 1 ? wrapTree(root) : whole;
  const bounds = boundsOf(cards);
  const left = bounds.left - CARD.edge;
  const top = bounds.top - CARD.edge / 2;
  const shifted = cards.map((card) => ({ ...card, x: card.x - left, y: card.y - top }));
  return {
    cards: shifted,
    wires: wires.map((wire) => ({ points: wire.points.map(([x, y]) => [x - left, y - top] as const) })),
    width: bounds.width + 2 * CARD.edge,
    height: bounds.height + CARD.edge * 1.5,
    byId: new Map(shifted.map((card) => [card.member.id, card])),
  };
}

interface Placed {
  cards: OrgCard[];
  wires: OrgWire[];
}

function placeTree(block: Block, depth = 0): Placed {
  const placed = tree<Block>()
    .nodeSize([CARD.width + CARD.gap, 1])
    .separation((a, b) => (columnsOfStack(a.data) + columnsOfStack(b.data)) / 2)(
    hierarchy(block, (inner) => inner.children),
  );
  const out: Placed = { cards: [], wires: [] };
  placed.each((node) => placeBlock(node, depth, out));
  return out;
}

function boundsOf(cards: readonly OrgCard[]) {
  const left = Math.min(...cards.map((card) => card.x));
  const top = Math.min(...cards.map((card) => card.y));
  const right = Math.max(...cards.map((card) => card.x + card.width));
  const bottom = Math.max(...cards.map((card) => card.y + CARD.height));
  return { left, top, width: right - left, height: bottom - top };
}

/** Wider than this, the branches of the top stand in rows: a chart twice as wide as high is found one's way in. */
const WRAP_ABOVE = 3000;
const ROW_GAP = 72;
const BRANCH_GAP = 24;
const ASPECT = 1.8;

function wrapTree(root: Block): Placed {
  const branches = root.children.map((child) => {
    const placed = placeTree(child, 0);
    return { block: child, placed, bounds: boundsOf(placed.cards) };
  });
  const area = branches.reduce((sum, { bounds }) => sum + (bounds.width + BRANCH_GAP) * (bounds.height + ROW_GAP), 0);
  const target = Math.max(...branches.map(({ bounds }) => bounds.width), Math.sqrt(area * ASPECT));
  const out: Placed = { cards: [], wires: [] };
  const rootX = target / 2;
  if (root.member) out.cards.push({ member: root.member, x: rootX - CARD.rootWidth / 2, y: 0, width: CARD.rootWidth });
  const trunk = -BRANCH_GAP;
  let x = 0;
  let y = CARD.level;
  let rowHeight = 0;
  for (const { block, placed, bounds } of branches) {
    if (x > 0 && x + bounds.width > target) {
      y += rowHeight + ROW_GAP;
      x = 0;
      rowHeight = 0;
    }
    const dx = x - bounds.left;
    const dy = y - bounds.top;
    out.cards.push(...placed.cards.map((card) => ({ ...card, x: card.x + dx, y: card.y + dy })));
    out.wires.push(
      ...placed.wires.map((wire) => ({ points: wire.points.map(([px, py]) => [px + dx, py + dy] as const) })),
    );
    const head = placed.cards.find((card) => card.member.id === block.member?.id);
    const headX = head ? head.x + dx + head.width / 2 : x + CARD.indent / 2;
    const bus = y - 20;
    if (root.member) {
      const first = CARD.level - 20;
      out.wires.push({
        points:
          bus === first
            ? [
                [rootX, CARD.height],
                [rootX, first],
                [headX, first],
                [headX, y],
              ]
            : [
                [rootX, CARD.height],
                [rootX, first],
                [trunk, first],
                [trunk, bus],
                [headX, bus],
                [headX, y],
              ],
      });
    }
    x += bounds.width + BRANCH_GAP;
    rowHeight = Math.max(rowHeight, bounds.height);
  }
  return out;
}

function placeBlock(node: HierarchyPointNode<Block>, depth: number, { cards, wires }: Placed) {
  const { member, leaves } = node.data;
  const y = (node.depth + depth) * CARD.level;
  const cardWidth = node.depth + depth === 0 && leaves.length === 0 ? CARD.rootWidth : CARD.width;
  const spread = columnsOfStack(node.data) * (CARD.width + CARD.gap) - CARD.gap;
  const left = node.x - spread / 2;
  // A manager over one stack stands flush with it; over others in their middle.
  const x = leaves.length > 0 ? left : node.x - cardWidth / 2;
  if (member) cards.push({ member, x, y, width: cardWidth });
  if (node.parent?.data.member)
    wires.push(wireDown(node.parent, member ? x + cardWidth / 2 : left + CARD.indent / 2, y, depth));
  leaves.forEach((leaf, index) => {
    const column = Math.floor(index / STACK_MOST);
    const stackX = left + column * (CARD.width + CARD.gap);
    const leafX = stackX + CARD.indent;
    const leafY = (member ? y + CARD.stackFirst : y) + (index % STACK_MOST) * CARD.stackStep;
    cards.push({ member: leaf, x: leafX, y: leafY, width: CARD.leafWidth });
    const from = member ? y + CARD.height : y;
    const trunk = stackX + CARD.indent / 2;
    const middle = leafY + CARD.height / 2;
    if (column === 0)
      wires.push({
        points: [
          [trunk, from],
          [trunk, middle],
          [leafX, middle],
        ],
      });
    else
      wires.push({
        points: [
          [left + CARD.indent / 2, from],
          [left + CARD.indent / 2, from + 24],
          [trunk, from + 24],
          [trunk, middle],
          [leafX, middle],
        ],
      });
  });
}

function wireDown(parent: HierarchyPointNode<Block>, x: number, y: number, depth: number): OrgWire {
  const from = (parent.depth + depth) * CARD.level + CARD.height;
  const turn = y - 20;
  return {
    points: [
      [parent.x, from],
      [parent.x, turn],
      [x, turn],
      [x, y],
    ],
  };
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
