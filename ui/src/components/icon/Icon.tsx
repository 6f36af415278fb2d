import { ICON_PATHS, type IconName } from './icons.ts';

/** An icon from the sprite. Without a label it is decoration: the words beside it, or the control's name, say it. */
export function Icon({
  name,
  size = 16,
  label,
  className,
}: {
  name: IconName;
  size?: 12 | 16;
  label?: string;
  className?: string;
}) {
  const classes = ['ic', size === 12 && 'ic-12', className].filter(Boolean).join(' ');
  return label ? (
    <svg className={classes} viewBox="0 0 16 16" role="img" aria-label={label}>
      <title>{label}</title>
      <use href={`#i-${name}`} />
    </svg>
  ) : (
    <svg className={classes} viewBox="0 0 16 16" aria-hidden="true">
      <use href={`#i-${name}`} />
    </svg>
  );
}

/** Drawn once, at the root of the document; every icon refers to it. */
export function IconSprite() {
  return (
    <svg width="0" height="0" className="sprite" aria-hidden="true">
      <defs>
        {Object.entries(ICON_PATHS).map(([name, path]) => (
          <symbol key={name} id={`i-${name}`} viewBox="0 0 16 16">
            <path d={path} />
          </symbol>
        ))}
      </defs>
    </svg>
  );
}
