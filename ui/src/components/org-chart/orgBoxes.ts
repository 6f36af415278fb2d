// Where the members of a branch stand, from the branch's own corner on. Pure.
import type { OrgNodeModel } from '../org-node/OrgNode.tsx';

export interface OrgMember extends OrgNodeModel {
  id: string;
  reportsTo: string | null;
}

/** Who reports to whom, by manager; those whose manager is not among them stand at the top, under `null`. */
export function belowOf(members: readonly OrgMember[]): ReadonlyMap<string | null, readonly OrgMember[]> {
  const known = new Set(members.map((member) => member.id));
  const below = new Map<string | null, OrgMember[]>();
  for (const member of members) {
    const manager = member.reportsTo !== null && known.has(member.reportsTo) ? member.reportsTo : null;
    const beside = below.get(manager);
    if (beside) beside.push(member);
    else below.set(manager, [member]);
  }
  return below;
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
/** A longer stack becomes several beside one another, as many as make a block that is wider than it is high. */
const STACK_MOST = 14;
const STACK_ASPECT = 1.6;

export interface Block {
  /** Absent for the block that only holds the leaves beside managers, and for the root of several. */
  member: OrgMember | null;
  leaves: readonly OrgMember[];
  children: Block[];
}

/** A branch with everything below it, from its own corner on. Branches are put beside each other whole, so that a long
 *  stack never runs into a neighbour's. */
interface Box {
  cards: OrgCard[];
  wires: OrgWire[];
  width: number;
  height: number;
  /** Where the wire from above arrives. */
  headX: number;
}

/** Wider than this, branches stand in rows: a chart twice as wide as high is found one's way in, a ribbon is not. */
const WRAP_ABOVE = 3000;
const ROW_GAP = 72;
const BRANCH_GAP = 24;
const ASPECT = 1.8;
/** How far above a row its wires turn. */
const TURN = 20;

export function boxOf(block: Block, cardWidth: number = CARD.width): Box {
  if (block.children.length === 0) return stackOf(block);
  const boxes = block.children.map((child) => boxOf(child));
  const row = boxes.reduce((sum, box) => sum + box.width, 0) + CARD.gap * (boxes.length - 1);
  return row > WRAP_ABOVE && boxes.length > 1
    ? inRows(block.member, boxes, cardWidth)
    : inOneRow(block.member, boxes, cardWidth);
}

/** Members without anybody below them, under their manager, who stands flush with the first of them. */
function stackOf({ member, leaves }: Block): Box {
  const columns = columnsOfStack(leaves.length);
  const rows = Math.ceil(leaves.length / columns);
  const from = member ? CARD.height : 0;
  const first = member ? CARD.stackFirst : 0;
  const cards: OrgCard[] = member ? [{ member, x: 0, y: 0, width: CARD.width }] : [];
  const wires: OrgWire[] = [];
  leaves.forEach((leaf, index) => {
    const column = Math.floor(index / rows);
    const stackX = column * (CARD.width + CARD.gap);
    const x = stackX + CARD.indent;
    const y = first + (index % rows) * CARD.stackStep;
    cards.push({ member: leaf, x, y, width: CARD.leafWidth });
    const trunk = stackX + CARD.indent / 2;
    const middle = y + CARD.height / 2;
    const down: OrgWire['points'] = [
      [trunk, column === 0 ? from : from + 24],
      [trunk, middle],
      [x, middle],
    ];
    const over: OrgWire['points'] = [
      [CARD.indent / 2, from],
      [CARD.indent / 2, from + 24],
    ];
    wires.push({ points: column === 0 ? down : [...over, ...down] });
  });
  const last = leaves.length > 0 ? first + (rows - 1) * CARD.stackStep : 0;
  return {
    cards,
    wires,
    width: columns * (CARD.width + CARD.gap) - CARD.gap,
    height: last + CARD.height,
    headX: member ? CARD.width / 2 : CARD.indent / 2,
  };
}

function moved({ cards, wires }: Pick<Box, 'cards' | 'wires'>, dx: number, dy: number): Pick<Box, 'cards' | 'wires'> {
  return {
    cards: cards.map((card) => ({ ...card, x: card.x + dx, y: card.y + dy })),
    wires: wires.map((wire) => ({ points: wire.points.map(([x, y]) => [x + dx, y + dy] as const) })),
  };
}

function add(out: Pick<Box, 'cards' | 'wires'>, more: Pick<Box, 'cards' | 'wires'>) {
  for (const card of more.cards) out.cards.push(card);
  for (const wire of more.wires) out.wires.push(wire);
}

/** Side by side, the manager over their middle. */
function inOneRow(member: OrgMember | null, boxes: readonly Box[], cardWidth: number): Box {
  const out: Pick<Box, 'cards' | 'wires'> = { cards: [], wires: [] };
  const y = member ? CARD.level : 0;
  const heads: number[] = [];
  let x = 0;
  for (const box of boxes) {
    add(out, moved(box, x, y));
    heads.push(x + box.headX);
    x += box.width + CARD.gap;
  }
  const headX = ((heads[0] ?? 0) + (heads.at(-1) ?? 0)) / 2;
  if (member) {
    out.cards.push({ member, x: headX - cardWidth / 2, y: 0, width: cardWidth });
    for (const head of heads) out.wires.push(wireDown(headX, head, y));
  }
  const left = Math.max(0, cardWidth / 2 - headX);
  const width = Math.max(x - CARD.gap + left, headX + left + cardWidth / 2);
  return {
    ...moved(out, left, 0),
    width,
    height: y + Math.max(...boxes.map((box) => box.height)),
    headX: headX + left,
  };
}

/** In rows beneath each other; a trunk at the left leads to the later ones. */
function inRows(member: OrgMember | null, boxes: readonly Box[], cardWidth: number): Box {
  const area = boxes.reduce((sum, box) => sum + (box.width + BRANCH_GAP) * (box.height + ROW_GAP), 0);
  const target = Math.max(...boxes.map((box) => box.width), Math.sqrt(area * ASPECT));
  const headX = BRANCH_GAP + target / 2;
  const out: Pick<Box, 'cards' | 'wires'> = { cards: [], wires: [] };
  if (member) out.cards.push({ member, x: headX - cardWidth / 2, y: 0, width: cardWidth });
  let x = BRANCH_GAP;
  let y: number = CARD.level;
  let rowHeight = 0;
  for (const box of boxes) {
    if (x > BRANCH_GAP && x - BRANCH_GAP + box.width > target) {
      y += rowHeight + ROW_GAP;
      x = BRANCH_GAP;
      rowHeight = 0;
    }
    add(out, moved(box, x, y));
    if (member)
      out.wires.push(y === CARD.level ? wireDown(headX, x + box.headX, y) : wireAround(headX, x + box.headX, y));
    x += box.width + BRANCH_GAP;
    rowHeight = Math.max(rowHeight, box.height);
  }
  return { ...out, width: BRANCH_GAP + target, height: y + rowHeight, headX };
}

function wireDown(from: number, to: number, y: number): OrgWire {
  return {
    points: [
      [from, CARD.height],
      [from, y - TURN],
      [to, y - TURN],
      [to, y],
    ],
  };
}

function wireAround(from: number, to: number, y: number): OrgWire {
  return {
    points: [
      [from, CARD.height],
      [from, CARD.level - TURN],
      [0, CARD.level - TURN],
      [0, y - TURN],
      [to, y - TURN],
      [to, y],
    ],
  };
}

function columnsOfStack(leaves: number): number {
  const square = Math.round(Math.sqrt((leaves * CARD.stackStep * STACK_ASPECT) / (CARD.width + CARD.gap)));
  return Math.max(1, Math.min(Math.ceil(leaves / STACK_MOST), square));
}
