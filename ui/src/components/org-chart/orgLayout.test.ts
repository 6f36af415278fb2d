import { expect, test } from 'vitest';
import { CARD, cardAt, detailAt, fitView, layoutOrg, type OrgMember, revealCard, zoomAt } from './orgLayout.ts';

function member(id: string, reportsTo: string | null): OrgMember {
  return { id, reportsTo, member: { id, name: id, kind: 'agent', initials: 'Xx' }, status: 'queued', line: '' };
}

function organisation(departments: number, teams: number, people: number): OrgMember[] {
  const members = [member('root', null)];
  for (let d = 0; d < departments; d += 1) {
    members.push(member(`d${d}`, 'root'));
    for (let t = 0; t < teams; t += 1) {
      members.push(member(`d${d}t${t}`, `d${d}`));
      for (let p = 0; p < people; p += 1) members.push(member(`d${d}t${t}p${p}`, `d${d}t${t}`));
    }
  }
  return members;
}

function overlaps(members: readonly OrgMember[]): number {
  const cards = layoutOrg(members).cards.toSorted((a, b) => a.x - b.x);
  let found = 0;
  cards.forEach((card, index) => {
    for (let next = index + 1; next < cards.length; next += 1) {
      const other = cards[next];
      if (!other || other.x >= card.x + card.width) break;
      if (Math.abs(other.y - card.y) < CARD.height) found += 1;
    }
  });
  return found;
}

test('everybody has a place and nobody covers another', () => {
  const members = organisation(4, 3, 9);
  expect(layoutOrg(members).cards).toHaveLength(members.length);
  expect(overlaps(members)).toBe(0);
});

test('a large organisation is wrapped into rows, and still nobody covers another', () => {
  const members = organisation(16, 6, 24);
  const layout = layoutOrg(members);
  expect(layout.cards).toHaveLength(members.length);
  expect(layout.width / layout.height, 'twice as wide as high is found one’s way in, a ribbon is not').toBeLessThan(3);
  expect(overlaps(members)).toBe(0);
});

test('long stacks stand in blocks beside each other, at whatever depth, below a lone head', () => {
  const members = [member('owner', null), member('ceo', 'owner'), member('cfo', 'ceo'), member('finance', 'cfo')];
  members.push(member('hr', 'ceo'), member('operations', 'ceo'));
  for (const manager of ['finance', 'hr', 'operations'])
    for (let number = 0; number < 240; number += 1) members.push(member(`${manager}${number}`, manager));
  const layout = layoutOrg(members);
  expect(overlaps(members)).toBe(0);
  expect(layout.width / layout.height, 'a ribbon is not found one’s way in').toBeLessThan(3);
});

test('what is seen from far away covers every wire once', () => {
  const { far, wires } = layoutOrg(organisation(2, 2, 30));
  const covers = (x: number, y: number) =>
    far.filter((piece) => x >= piece.x && x <= piece.x + piece.width && y >= piece.y && y <= piece.y + piece.height);
  for (const { points } of wires) {
    points.forEach(([x, y], index) => {
      const [toX, toY] = points[index + 1] ?? [x, y];
      expect(covers((x + toX) / 2, (y + toY) / 2), `between ${x},${y} and ${toX},${toY}`).not.toHaveLength(0);
    });
  }
  for (const piece of far) {
    const inside = covers(piece.x + piece.width / 2, piece.y + piece.height / 2);
    expect(inside.filter((other) => other.width > 0 === piece.width > 0)).toEqual([piece]);
  }
});

test('a circle of managers, two tops and a missing manager lose nobody but the circle', () => {
  expect(layoutOrg([member('a', null), member('b', null), member('c', 'gone')]).cards).toHaveLength(3);
  expect(layoutOrg([]).cards).toEqual([]);
});

test('a point finds the card under it', () => {
  const layout = layoutOrg(organisation(2, 1, 2));
  const card = layout.byId.get('d1t0p1');
  expect(card && cardAt(layout, card.x + 5, card.y + 5)?.member.id).toBe('d1t0p1');
  expect(cardAt(layout, -50, -50)).toBeNull();
});

test('cards become chips and dots as they shrink', () => {
  expect([detailAt(1), detailAt(0.61), detailAt(0.5), detailAt(0.31), detailAt(0.1)]).toEqual([
    'card',
    'card',
    'chip',
    'dot',
    'dot',
  ]);
});

test('zooming keeps the point under the pointer', () => {
  const view = zoomAt({ x: 10, y: 20, scale: 1 }, 1.25, 110, 220);
  expect([(110 - view.x) / view.scale, (220 - view.y) / view.scale]).toEqual([100, 200]);
});

test('fitting never enlarges, revealing moves no more than needed', () => {
  expect(fitView({ width: 100, height: 100 }, 500, 400).scale).toBe(1);
  expect(fitView({ width: 1000, height: 100 }, 500, 400).scale).toBe(0.5);
  const view = { x: 0, y: 0, scale: 1 };
  const card = { member: member('a', null), x: 20, y: 20, width: 100 };
  expect(revealCard(view, card, 500, 400), 'what is in view stays').toBe(view);
  expect(revealCard(view, { ...card, x: 480 }, 500, 400).x).toBe(500 - 16 - 580);
});
