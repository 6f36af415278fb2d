import { confidence } from '#ui/words/format.ts';

export interface Reading {
  id: string;
  name: string;
  /** How sure the reader was, 0 to 1; absent for "something else". */
  confidence?: number;
}

/** The ways a request can be read; the pressed one is in force. The number keys choose, as the page registers them. */
export function Readings({
  label,
  readings,
  chosen,
  onChoose,
}: {
  label: string;
  readings: readonly Reading[];
  chosen: string;
  onChoose: (id: string) => void;
}) {
  return (
    <div className="row row-wrap row-4" role="group" aria-label={label}>
      {readings.map((reading, index) => (
        <button
          key={reading.id}
          type="button"
          className="choice"
          aria-pressed={reading.id === chosen}
          onClick={() => onChoose(reading.id)}
        >
          <kbd className="kbd">{index + 1}</kbd>
          {reading.name}
          {reading.confidence !== undefined && <span className="meta">{confidence(reading.confidence)}</span>}
        </button>
      ))}
    </div>
  );
}
