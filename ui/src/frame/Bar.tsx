import type { ReactNode } from 'react';

/** The head of a page: its title, or the way to it and its title; tabs; acts at the end. */
export function Bar({
  title,
  crumb,
  meta,
  tabs,
  children,
}: {
  title: ReactNode;
  crumb?: { name: string; href: string };
  meta?: ReactNode;
  tabs?: ReactNode;
  children?: ReactNode;
}) {
  return (
    <header className="bar">
      {crumb && (
        <span className="crumb">
          <a href={crumb.href}>{crumb.name}</a> /
        </span>
      )}
      <h1>{title}</h1>
      {meta && <span className="meta">{meta}</span>}
      {tabs && (
        <>
          <span className="vr" />
          {tabs}
        </>
      )}
      {children && <span className="push row">{children}</span>}
    </header>
  );
}
