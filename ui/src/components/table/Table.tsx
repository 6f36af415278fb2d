import { useVirtualizer } from '@tanstack/react-virtual';
import { type KeyboardEvent, type ReactNode, useRef } from 'react';
import { classes } from '../classes.ts';

export interface Column<Row> {
  id: string;
  /** Empty for a column of actions; name it with `label` then. */
  head: ReactNode;
  label?: string;
  cell: (row: Row) => ReactNode;
  /** Figures stand right. */
  num?: boolean;
  /** Secondary text. */
  sec?: boolean;
  mono?: boolean;
  /** Cut with an ellipsis where the column ends. */
  cut?: boolean;
  width?: string;
  /** Left out in a phone's window. */
  wide?: boolean;
  /** Left out as soon as the sidebar is a rail. */
  hide?: boolean;
  foot?: ReactNode;
}

/** Above this many rows only what is in view is drawn. */
const DRAW_ALL = 100;
const ROW = 32;

interface TableProps<Row> {
  label: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  id: (row: Row) => string;
  chosen?: string | null;
  onChoose?: (id: string) => void;
  /** The table of a page starts on the page's edge, one in a card on the card's. */
  page?: boolean;
  /** Widths come from the columns, not from the content. */
  fixed?: boolean;
  minWidth?: number;
}

export function Table<Row>(props: TableProps<Row>) {
  return props.rows.length > DRAW_ALL ? <VirtualTable {...props} /> : <PlainTable {...props} />;
}

function PlainTable<Row>(props: TableProps<Row>) {
  return (
    <div className="table-wrap">
      <TableElement {...props}>
        {props.rows.map((row) => (
          <Row key={props.id(row)} row={row} {...props} />
        ))}
      </TableElement>
    </div>
  );
}

function VirtualTable<Row>(props: TableProps<Row>) {
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: props.rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW,
    overscan: 12,
  });
  const drawn = virtual.getVirtualItems();
  const before = drawn[0]?.start ?? 0;
  const after = virtual.getTotalSize() - (drawn.at(-1)?.end ?? 0);
  return (
    <div className="table-wrap table-scroll" ref={scroller}>
      <TableElement {...props}>
        {before > 0 && <Gap height={before} span={props.columns.length} />}
        {drawn.map(({ index }) => {
          const row = props.rows[index];
          return row === undefined ? null : <Row key={props.id(row)} row={row} index={index} {...props} />;
        })}
        {after > 0 && <Gap height={after} span={props.columns.length} />}
      </TableElement>
    </div>
  );
}

function Gap({ height, span }: { height: number; span: number }) {
  return (
    <tr className="table-gap">
      <td colSpan={span} style={{ height }} />
    </tr>
  );
}

function cellClass<Row>(column: Column<Row>): string | undefined {
  return (
    classes(
      column.num && 'num',
      column.sec && 'sec',
      column.mono && 'mono',
      column.cut && 'cut',
      column.wide && 'narrow-hide',
      column.hide && 'wide',
    ) || undefined
  );
}

function TableElement<Row>({
  label,
  columns,
  rows,
  onChoose,
  page,
  fixed,
  minWidth,
  children,
}: TableProps<Row> & { children: ReactNode }) {
  const foot = columns.some((column) => column.foot !== undefined);
  return (
    <table
      className={classes('table', page && 'table-page', fixed && 'table-fix')}
      aria-label={label}
      aria-rowcount={rows.length > DRAW_ALL ? rows.length + 1 : undefined}
      role={onChoose ? 'grid' : undefined}
      style={minWidth ? { minWidth } : undefined}
    >
      <colgroup>
        {columns.map((column) => (
          <col
            key={column.id}
            className={classes(column.wide && 'narrow-hide', column.hide && 'wide') || undefined}
            style={column.width ? { width: column.width } : undefined}
          />
        ))}
      </colgroup>
      <thead>
        <tr>
          {columns.map((column) => (
            <th
              key={column.id}
              scope="col"
              className={classes(column.num && 'num', column.wide && 'narrow-hide', column.hide && 'wide') || undefined}
            >
              {column.head || <span className="sr">{column.label}</span>}
            </th>
          ))}
        </tr>
      </thead>
      <tbody onKeyDown={onChoose ? moveRow : undefined}>{children}</tbody>
      {foot && (
        <tfoot>
          <tr>
            {columns.map((column) => (
              <td key={column.id} className={cellClass(column)}>
                {column.foot}
              </td>
            ))}
          </tr>
        </tfoot>
      )}
    </table>
  );
}

function Row<Row>({ row, index, columns, rows, id, chosen, onChoose }: TableProps<Row> & { row: Row; index?: number }) {
  const key = id(row);
  const isChosen = chosen === key;
  const isFirst = chosen == null && rows[0] === row;
  const cells = columns.map((column) => (
    <td key={column.id} className={cellClass(column)}>
      {column.cell(row)}
    </td>
  ));
  if (!onChoose) return <tr aria-rowindex={index === undefined ? undefined : index + 2}>{cells}</tr>;
  return (
    <tr
      aria-selected={isChosen}
      aria-rowindex={index === undefined ? undefined : index + 2}
      tabIndex={isChosen || isFirst ? 0 : -1}
      onClick={() => onChoose(key)}
      onKeyDown={(event) => {
        if (event.target === event.currentTarget && (event.key === 'Enter' || event.key === ' ')) {
          event.preventDefault();
          onChoose(key);
        }
      }}
    >
      {cells}
    </tr>
  );
}

const STEPS: Record<string, 'nextElementSibling' | 'previousElementSibling'> = {
  ArrowDown: 'nextElementSibling',
  ArrowUp: 'previousElementSibling',
};

/** Arrow keys move the focus from row to row; the row itself answers Enter. */
function moveRow(event: KeyboardEvent) {
  const step = STEPS[event.key];
  const row = (event.target as HTMLElement).closest('tr');
  if (!step || !row || event.target !== row) return;
  const next = row[step];
  if (next instanceof HTMLTableRowElement && !next.classList.contains('table-gap')) {
    event.preventDefault();
    next.focus();
  }
}
