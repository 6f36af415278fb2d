import { type PointerEvent, useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { list, percent } from '#ui/words/format.ts';
import { t } from '#ui/words/words.ts';
import { IconButton } from '../button/Button.tsx';
import { Tree, type TreeNode } from '../tree/Tree.tsx';
import { cardAt, fitView, layoutOrg, type OrgMember, revealCard, type View, zoomAt } from './orgLayout.ts';
import { PaletteCache, paintOrg } from './orgPaint.ts';
import { orgTree } from './orgTree.ts';

interface Props {
  members: readonly OrgMember[];
  chosen: string | null;
  onChoose: (id: string) => void;
}

const ZOOM_STEP = 1.25;

/** The chart, painted: thousands of members are one picture. Its twin is a tree of the same members, for keyboard and screen
 *  reader; it comes into view when the focus is in it, and what is chosen there is chosen here. */
export function OrgChart({ members, chosen, onChoose }: Props) {
  const layout = useMemo(() => layoutOrg(members), [members]);
  const twin = useMemo<readonly TreeNode[]>(() => orgTree(members), [members]);
  const room = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const drag = useRef<{ x: number; y: number; view: View; moved: boolean } | null>(null);
  const [size, setSize] = useState({ width: 0, height: 0 });
  const [moved, setMoved] = useState<View | null>(null);
  const [hover, setHover] = useState<string | null>(null);
  const theme = useThemeTurn();
  const palettes = useRef(new PaletteCache());
  const view = useMemo(() => moved ?? fitView(layout, size.width, size.height), [moved, layout, size]);

  useEffect(() => {
    const element = room.current;
    if (!element) return;
    const watcher = new ResizeObserver(([entry]) => {
      if (entry) setSize({ width: entry.contentRect.width, height: entry.contentRect.height });
    });
    watcher.observe(element);
    return () => watcher.disconnect();
  }, []);

  useEffect(() => {
    const element = canvas.current;
    const ctx = element?.getContext('2d');
    if (!element || !ctx || size.width === 0) return;
    const frame = requestAnimationFrame(() => {
      const ratio = devicePixelRatio || 1;
      const [width, height] = [Math.round(size.width * ratio), Math.round(size.height * ratio)];
      // Even the same size makes the canvas anew.
      if (element.width !== width) element.width = width;
      if (element.height !== height) element.height = height;
      paintOrg(ctx, { layout, view, ...size, ratio, chosen, hover, palette: palettes.current.of(element, theme) });
    });
    return () => cancelAnimationFrame(frame);
  }, [layout, view, size, chosen, hover, theme]);

  // React listens to wheels passively, and then the page would zoom as well.
  useEffect(() => {
    const element = room.current;
    if (!element) return;
    const onWheel = (event: WheelEvent) => {
      event.preventDefault();
      const place = element.getBoundingClientRect();
      setMoved((before) => {
        const from = before ?? fitView(layout, size.width, size.height);
        if (event.ctrlKey || event.metaKey)
          return zoomAt(from, Math.exp(-event.deltaY / 200), event.clientX - place.left, event.clientY - place.top);
        return { ...from, x: from.x - event.deltaX, y: from.y - event.deltaY };
      });
    };
    element.addEventListener('wheel', onWheel, { passive: false });
    return () => element.removeEventListener('wheel', onWheel);
  }, [layout, size]);

  const under = (event: PointerEvent) => {
    const place = event.currentTarget.getBoundingClientRect();
    return cardAt(
      layout,
      (event.clientX - place.left - view.x) / view.scale,
      (event.clientY - place.top - view.y) / view.scale,
    );
  };
  const zoom = (factor: number) => setMoved(zoomAt(view, factor, size.width / 2, size.height / 2));
  const chooseInTwin = useCallback(
    (id: string) => {
      onChoose(id);
      const card = layout.byId.get(id);
      if (!card) return;
      const { width, height } = size;
      setMoved((before) => revealCard(before ?? fitView(layout, width, height), card, width, height));
    },
    [layout, size, onChoose],
  );
  // Not drawn again with every move of the picture.
  const tree = useMemo(
    () => (
      <Tree
        label={t('org.tree')}
        nodes={twin}
        chosen={chosen}
        onChoose={chooseInTwin}
        expanded={members.map((member) => member.id)}
      />
    ),
    [twin, chosen, chooseInTwin, members],
  );
  const hovered = hover === null ? null : layout.byId.get(hover);

  return (
    <div className="org-chart" ref={room}>
      <canvas
        ref={canvas}
        role="img"
        aria-label={t('org.picture', { count: members.length })}
        title={
          hovered
            ? list([hovered.member.member.name, t(`status.${hovered.member.status}`), hovered.member.line])
            : undefined
        }
        onPointerDown={(event) => {
          drag.current = { x: event.clientX, y: event.clientY, view, moved: false };
          event.currentTarget.setPointerCapture(event.pointerId);
        }}
        onPointerMove={(event) => {
          const start = drag.current;
          if (!start) {
            setHover(under(event)?.member.id ?? null);
            return;
          }
          const dx = event.clientX - start.x;
          const dy = event.clientY - start.y;
          if (!start.moved && Math.hypot(dx, dy) < 4) return;
          start.moved = true;
          setMoved({ ...start.view, x: start.view.x + dx, y: start.view.y + dy });
        }}
        onPointerUp={(event) => {
          const start = drag.current;
          drag.current = null;
          const card = start?.moved ? null : under(event);
          if (card) onChoose(card.member.id);
        }}
        onPointerLeave={() => setHover(null)}
      />
      <div className="org-twin">{tree}</div>
      <div className="float zoom">
        <IconButton icon="minus" small label={t('org.smaller')} onClick={() => zoom(1 / ZOOM_STEP)} />
        <span className="meta">{percent(view.scale)}</span>
        <IconButton icon="plus" small label={t('org.larger')} onClick={() => zoom(ZOOM_STEP)} />
        <IconButton icon="fit" small label={t('org.fit')} onClick={() => setMoved(null)} />
      </div>
    </div>
  );
}

/** Changes whenever the colours do: another theme was chosen, or the system's turned. */
function useThemeTurn(): number {
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    const onTurn = () => setTurn((before) => before + 1);
    const watcher = new MutationObserver(onTurn);
    watcher.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] });
    const queries = [matchMedia('(prefers-color-scheme: dark)'), matchMedia('(prefers-contrast: more)')];
    for (const query of queries) query.addEventListener('change', onTurn);
    return () => {
      watcher.disconnect();
      for (const query of queries) query.removeEventListener('change', onTurn);
    };
  }, []);
  return turn;
}
