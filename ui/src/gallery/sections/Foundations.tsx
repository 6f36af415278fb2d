import { Badge, Tag } from '#ui/components/badge/Badge.tsx';
import { Icon } from '#ui/components/icon/Icon.tsx';
import { ICON_PATHS, type IconName } from '#ui/components/icon/icons.ts';
import { StatusIcon } from '#ui/components/status/StatusIcon.tsx';
import { STATUSES } from '#ui/components/status/statuses.ts';
import { t } from '#ui/words/words.ts';
import { TYPE } from '../fixtures/samples.ts';
import { Note, Row, Spec } from '../Spec.tsx';

const NEUTRAL = Array.from({ length: 12 }, (_, step) => `n${step}`);
const ACCENT = ['accent', 'accent-hover', 'accent-press', 'accent-tint', 'accent-line'];
const HUES = ['run', 'done', 'wait', 'fail', 'unknown', 'build'].flatMap((hue) => [
  hue,
  `${hue}-mark`,
  `${hue}-tint`,
  `${hue}-line`,
]);

export function Foundations() {
  return (
    <>
      <Spec id="colour">
        {[NEUTRAL, ACCENT, HUES].map((names) => (
          <div key={names[0]} className="row row-wrap">
            {names.map((name) => (
              <div key={name} className="col col-4 swatch">
                <div style={{ background: `var(--${name})` }} />
                <span className="meta">{name}</span>
              </div>
            ))}
          </div>
        ))}
      </Spec>
      <Spec id="type">
        <div className="figure">{TYPE[28]}</div>
        <div className="h1">{TYPE[20]}</div>
        <h4 className="h2">{TYPE[15]}</h4>
        <p>{TYPE[13]}</p>
        <p className="meta">{TYPE[12]}</p>
        <code>{TYPE.code}</code>
      </Spec>
      <Spec id="status">
        <Row>
          {STATUSES.map((status) => (
            <span key={status} className="row status-cell">
              <StatusIcon status={status} worded />
              <span>{t(`status.${status}`)}</span>
            </span>
          ))}
        </Row>
        <Row>
          {STATUSES.map((status) => (
            <Badge key={status} status={status} />
          ))}
          <Tag>{TYPE.tag}</Tag>
          <Tag mono>{TYPE.capability}</Tag>
        </Row>
        <Note id="status" />
      </Spec>
      <Spec id="icons">
        <Row>
          {(Object.keys(ICON_PATHS) as IconName[]).map((name) => (
            <span key={name} className="icon-cell" title={name}>
              <Icon name={name} />
            </span>
          ))}
        </Row>
        <Note id="icons" />
      </Spec>
    </>
  );
}
