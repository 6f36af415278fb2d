import { type Key, ListBox, ListBoxItem, ListLayout, Virtualizer } from 'react-aria-components';
import { ItemParts, type ItemProps } from './Item.tsx';

/** Above this many only what is in view is drawn; the list is then a box that scrolls by itself. */
const DRAW_ALL = 100;
const ROW_HEIGHT = 59;

/** Items of which one is open beside the list. Arrow keys and letters move; J and K are the page's. */
export function ItemList<Id extends string>({
  label,
  items,
  chosen,
  onChoose,
}: {
  label: string;
  items: readonly (ItemProps & { id: Id; text: string })[];
  chosen: Id | null;
  onChoose: (id: Id) => void;
}) {
  const list = (
    <ListBox
      className={items.length > DRAW_ALL ? 'item-list-long' : 'item-list'}
      aria-label={label}
      selectionMode="single"
      selectedKeys={chosen && items.some((item) => item.id === chosen) ? [chosen] : []}
      onSelectionChange={(keys) => {
        const [key] = [...(keys as Set<Key>)];
        if (key !== undefined) onChoose(key as Id);
      }}
      disallowEmptySelection={chosen !== null && items.some((item) => item.id === chosen)}
      items={items}
      dependencies={[items]}
    >
      {({ text, ...item }) => (
        <ListBoxItem className="item" textValue={text}>
          <ItemParts {...item} />
        </ListBoxItem>
      )}
    </ListBox>
  );
  if (items.length <= DRAW_ALL) return list;
  return (
    <Virtualizer layout={ListLayout} layoutOptions={{ rowHeight: ROW_HEIGHT }}>
      {list}
    </Virtualizer>
  );
}
