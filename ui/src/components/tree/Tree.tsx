import type { ReactNode } from 'react';
import {
  Button,
  Collection,
  type Key,
  ListLayout,
  Tree as RacTree,
  TreeItem,
  TreeItemContent,
  Virtualizer,
} from 'react-aria-components';
import { t } from '#ui/words/words.ts';
import { Icon } from '../icon/Icon.tsx';
import { StatusIcon } from '../status/StatusIcon.tsx';
import type { Status } from '../status/statuses.ts';

export interface TreeNode {
  id: string;
  status: Status;
  /** Read out, and what typing finds. */
  text: string;
  /** A number or short mark before the title. */
  lead?: ReactNode;
  /** Between title and meta, left out where it is narrow. */
  extra?: ReactNode;
  meta?: ReactNode;
  children?: readonly TreeNode[];
}

const DRAW_ALL = 100;
const ROW = 28;

/** A tree of which one row is chosen. Arrow keys move, open and close; above 100 rows only what is in view is drawn. */
export function Tree({
  label,
  nodes,
  chosen,
  onChoose,
  expanded,
}: {
  label: string;
  nodes: readonly TreeNode[];
  chosen: string | null;
  onChoose: (id: string) => void;
  expanded?: readonly string[];
}) {
  const tree = (
    <RacTree
      aria-label={label}
      className="tree"
      selectionMode="single"
      selectionBehavior="replace"
      selectedKeys={chosen ? [chosen] : []}
      defaultExpandedKeys={expanded ?? nodes.map((node) => node.id)}
      onSelectionChange={(keys) => {
        const [key] = [...(keys as Set<Key>)];
        if (key !== undefined) onChoose(String(key));
      }}
      items={nodes}
      dependencies={[nodes]}
    >
      {renderNode}
    </RacTree>
  );
  if (countNodes(nodes) <= DRAW_ALL) return tree;
  return (
    <Virtualizer layout={ListLayout} layoutOptions={{ rowHeight: ROW }}>
      {tree}
    </Virtualizer>
  );
}

export function countNodes(nodes: readonly TreeNode[]): number {
  return nodes.reduce((sum, node) => sum + 1 + (node.children ? countNodes(node.children) : 0), 0);
}

function renderNode(node: TreeNode) {
  const branch = Boolean(node.children?.length);
  return (
    <TreeItem
      id={node.id}
      textValue={node.text}
      className="tree-row"
      style={({ level }) => ({ '--lvl': level - 1 }) as React.CSSProperties}
    >
      <TreeItemContent>
        {({ isExpanded }) => (
          <>
            {branch && (
              <Button
                slot="chevron"
                className="twist"
                aria-label={isExpanded ? t('tree.close', { name: node.text }) : t('tree.open', { name: node.text })}
              >
                <Icon name={isExpanded ? 'chev-d' : 'chev-r'} size={12} />
              </Button>
            )}
            <StatusIcon status={node.status} />
            {node.lead !== undefined && <span className="tree-lead meta">{node.lead}</span>}
            <span className="cut grow">{node.text}</span>
            {node.extra && <span className="wide tree-extra">{node.extra}</span>}
            {node.meta !== undefined && <span className="meta">{node.meta}</span>}
          </>
        )}
      </TreeItemContent>
      <Collection items={node.children ?? []}>{renderNode}</Collection>
    </TreeItem>
  );
}
