import type { ReactNode } from 'react';
import { Tabs as RacTabs, Tab, TabList, TabPanel } from 'react-aria-components';
import { count } from '#ui/words/format.ts';

export interface TabSpec<Id extends string> {
  id: Id;
  name: string;
  count?: number;
}

function TabWords({ name, count: figure }: { name: string; count?: number | undefined }) {
  return (
    <>
      {name}
      {figure !== undefined && <span className="count">{count(figure)}</span>}
    </>
  );
}

/** Tabs of one screen. The list usually stands in the bar and the panel in the body, so the two are placed apart. */
export function Tabs<Id extends string>({
  chosen,
  onChoose,
  children,
}: {
  chosen: Id;
  onChoose: (id: Id) => void;
  children: ReactNode;
}) {
  return (
    <RacTabs className="tabs-scope" selectedKey={chosen} onSelectionChange={(key) => onChoose(key as Id)}>
      {children}
    </RacTabs>
  );
}

export function TabBar<Id extends string>({ label, tabs }: { label: string; tabs: readonly TabSpec<Id>[] }) {
  return (
    <TabList aria-label={label} className="tabs">
      {tabs.map((tab) => (
        <Tab key={tab.id} id={tab.id}>
          <TabWords name={tab.name} count={tab.count} />
        </Tab>
      ))}
    </TabList>
  );
}

export function Panel({ id, className, children }: { id: string; className?: string; children: ReactNode }) {
  return (
    <TabPanel id={id} className={className ?? 'tabs-scope'}>
      {children}
    </TabPanel>
  );
}

export interface LinkTab {
  name: string;
  href: string;
  count?: number;
  current?: boolean;
}

/** Tabs that are places of their own: links, of which one is the current page. */
export function TabLinks({ label, tabs }: { label: string; tabs: readonly LinkTab[] }) {
  return (
    <nav className="tabs" aria-label={label}>
      {tabs.map((tab) => (
        <a key={tab.href} href={tab.href} aria-current={tab.current ? 'page' : undefined}>
          <TabWords name={tab.name} count={tab.count} />
        </a>
      ))}
    </nav>
  );
}
