import type { ReactNode } from 'react';
import { Icon } from '#ui/components/icon/Icon.tsx';
import type { IconName } from '#ui/components/icon/icons.ts';
import { Kbd } from '#ui/components/kbd/Kbd.tsx';
import { Avatar } from '#ui/components/member/Member.tsx';
import { StatusIcon } from '#ui/components/status/StatusIcon.tsx';
import { PLACES, type Place, paths } from '#ui/paths.ts';
import { count } from '#ui/words/format.ts';
import { t } from '#ui/words/words.ts';
import { useKeysOf } from './keys.tsx';
import type { FrameModel } from './model.ts';

const ICONS: Record<Place, IconName> = {
  home: 'home',
  inbox: 'inbox',
  organisation: 'org',
  projects: 'projects',
  system: 'system',
};

/** The places. A rail of icons when the window is narrow, a bar of them below the page when it is a phone's. */
export function Sidebar({
  frame,
  place,
  onFind,
  workspace,
}: {
  frame: FrameModel;
  place: Place | null;
  onFind: () => void;
  workspace?: ReactNode;
}) {
  const keys = useKeysOf('find');
  const counts: Partial<Record<Place, number | undefined>> = {
    inbox: frame.due,
    projects: frame.projects,
  };
  return (
    <nav className="side" aria-label={t('frame.places')}>
      {workspace ?? <WorkspaceName name={frame.workspace} />}
      <button type="button" className="find" onClick={onFind} title={t('action.find')}>
        <Icon name="search" />
        <span className="txt">{t('action.find')}</span>
        <span className="push row row-4">
          <Kbd keys={keys} />
        </span>
      </button>
      <div>
        <ul>
          {PLACES.map((id) => (
            <li key={id}>
              <PlaceLink id={id} current={id === place} count={counts[id]} />
            </li>
          ))}
        </ul>
      </div>
      {frame.pinned.length > 0 && (
        <div className="pinned">
          <h4>{t('frame.pinned')}</h4>
          <ul>
            {frame.pinned.map((project) => (
              <li key={project.id}>
                <a className="nav" href={paths.project(project.id)}>
                  <StatusIcon status={project.status} />
                  <span className="cut txt">{project.name}</span>
                </a>
              </li>
            ))}
          </ul>
        </div>
      )}
      {frame.you && (
        <div className="side-foot">
          <a className="nav" href={paths.member(frame.you.member.id)} title={frame.you.member.name}>
            <Avatar member={frame.you.member} />
            <span className="txt cut">{frame.you.member.name}</span>
            <span className="txt push meta">{frame.you.role}</span>
          </a>
        </div>
      )}
    </nav>
  );
}

function WorkspaceName({ name }: { name: string }) {
  return (
    <div className="ws" title={name}>
      <span className="ws-mark" aria-hidden="true">
        {name.charAt(0).toUpperCase()}
      </span>
      <span className="txt cut">{name}</span>
    </div>
  );
}

function PlaceLink({ id, current, count: figure }: { id: Place; current: boolean; count: number | undefined }) {
  const name = t(`place.${id}`);
  return (
    <a className="nav" href={paths[id]()} title={name} aria-current={current ? 'page' : undefined}>
      <Icon name={ICONS[id]} />
      <span className="txt">{name}</span>
      {figure !== undefined && figure > 0 && (
        <span className={id === 'inbox' ? 'count due' : 'count'}>
          {count(figure)}
          <span className="sr"> {t('frame.open')}</span>
        </span>
      )}
    </a>
  );
}
