/** Segments change the view of the same data. Buttons in a group, the pressed one is in force. */
export function Segment<Id extends string>({
  label,
  choices,
  chosen,
  onChoose,
}: {
  label: string;
  choices: readonly { id: Id; name: string }[];
  chosen: Id;
  onChoose: (id: Id) => void;
}) {
  return (
    <span className="seg" role="group" aria-label={label}>
      {choices.map((choice) => (
        <button key={choice.id} type="button" aria-pressed={choice.id === chosen} onClick={() => onChoose(choice.id)}>
          {choice.name}
        </button>
      ))}
    </span>
  );
}
