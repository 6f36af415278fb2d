const EDGE = 1;

/** A line through the values, filling the box but for an edge of one. Equal values run along the middle. */
export function sparkPath(values: readonly number[], width: number, height: number): string {
  if (values.length === 0) return '';
  const least = Math.min(...values);
  const spread = Math.max(...values) - least;
  const step = values.length > 1 ? (width - 2 * EDGE) / (values.length - 1) : 0;
  const points = values.map((value, index) => {
    const x = EDGE + index * step;
    const y = spread === 0 ? height / 2 : height - EDGE - ((value - least) / spread) * (height - 2 * EDGE);
    return `${round(x)} ${round(y)}`;
  });
  return `M${points.join('L')}`;
}

const round = (value: number) => Math.round(value * 10) / 10;
