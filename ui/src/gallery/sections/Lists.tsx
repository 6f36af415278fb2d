import { useState } from 'react';
import { Button } from '#ui/components/button/Button.tsx';
import { Card, CardHead } from '#ui/components/card/Card.tsx';
import { Facts, KeyValues } from '#ui/components/facts/Facts.tsx';
import { ItemList } from '#ui/components/item/ItemList.tsx';
import { Load } from '#ui/components/load/Load.tsx';
import { Avatar, AvatarStack, MemberChip } from '#ui/components/member/Member.tsx';
import { type Column, Table } from '#ui/components/table/Table.tsx';
import { Tree } from '#ui/components/tree/Tree.tsx';
import { money } from '#ui/words/format.ts';
import {
  CARD,
  COST_ROWS,
  type CostRow,
  ITEMS,
  ITEMS_LABEL,
  MANY_ROWS,
  MEMBER_SUBS,
  TABLE_WORDS as T,
  TREE,
  TREE_LABEL,
} from '../fixtures/lists.ts';
import { copyEditor, frenchTranslator, jonas, maya, priya } from '../fixtures/people.ts';
import { Note, Row, Spec } from '../Spec.tsx';

export function Lists() {
  return (
    <>
      <Spec id="member">
        <Row>
          <MemberChip member={priya} />
          <MemberChip member={copyEditor} />
          <MemberChip member={jonas} sub={MEMBER_SUBS.away} />
          <MemberChip member={frenchTranslator} sub={MEMBER_SUBS.build} />
        </Row>
        <Row>
          {(['m', 'l', 'xl'] as const).map((size) => (
            <Avatar key={size} member={maya} size={size} />
          ))}
          {(['m', 'l', 'xl'] as const).map((size) => (
            <Avatar key={size} member={copyEditor} size={size} />
          ))}
          <AvatarStack members={[priya, maya, jonas]} />
          <span className="row row-4">
            <Load running={2} limit={3} />
            <span className="meta">{MEMBER_SUBS.load}</span>
          </span>
        </Row>
        <Note id="member" />
      </Spec>
      <Spec id="card">
        <Card label={CARD.title}>
          <CardHead title={CARD.title} meta={CARD.meta}>
            <Button kind="quiet" small className="push">
              {CARD.action}
            </Button>
          </CardHead>
          <div className="card-body col col-12">
            <Facts facts={CARD.facts} />
            <div className="grid-2">
              <KeyValues facts={CARD.kv} />
              <KeyValues facts={CARD.figures} figures />
            </div>
          </div>
          <div className="card-foot">
            <a href="#/gallery">{CARD.foot}</a>
          </div>
        </Card>
      </Spec>
      <Items />
      <Tables />
      <Trees />
    </>
  );
}

function Items() {
  const [chosen, setChosen] = useState<string | null>('a1');
  return (
    <Spec id="item">
      <Card>
        <ItemList label={ITEMS_LABEL} items={ITEMS} chosen={chosen} onChoose={setChosen} />
      </Card>
    </Spec>
  );
}

const COLUMNS: readonly Column<CostRow>[] = [
  { id: 'member', head: T.member, cell: (row) => <MemberChip member={row.member} /> },
  { id: 'step', head: T.step, cell: (row) => row.step, cut: true },
  { id: 'expected', head: T.expected, cell: (row) => money(row.expected), num: true, sec: true, width: '112px' },
  {
    id: 'actual',
    head: T.actual,
    cell: (row) => (row.actual === null ? T.none : money(row.actual)),
    num: true,
    width: '112px',
  },
];

function Tables() {
  const [chosen, setChosen] = useState<string | null>('b');
  const [many, setMany] = useState<string | null>(null);
  return (
    <Spec id="table">
      <Card>
        <Table
          label={T.label}
          columns={COLUMNS}
          rows={COST_ROWS}
          id={(row) => row.id}
          chosen={chosen}
          onChoose={setChosen}
          fixed
        />
      </Card>
      <Card className="gallery-scroll">
        <Table
          label={T.many}
          columns={COLUMNS}
          rows={MANY_ROWS}
          id={(row) => row.id}
          chosen={many}
          onChoose={setMany}
          fixed
        />
      </Card>
      <Note id="virtual" />
    </Spec>
  );
}

function Trees() {
  const [chosen, setChosen] = useState<string | null>('s4');
  return (
    <Spec id="tree">
      <div className="card gallery-tree">
        <Tree label={TREE_LABEL} nodes={TREE} chosen={chosen} onChoose={setChosen} />
      </div>
    </Spec>
  );
}
