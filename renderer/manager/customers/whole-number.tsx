/** A number of days or times with its name before it; emptied, it is not asked. */
export function WholeNumber({
  label,
  value,
  onValue,
}: {
  readonly label: string
  readonly value: number | undefined
  readonly onValue: (value: number | undefined) => void
}) {
  return (
    <label className="days">
      <span className="soft">{label}</span>
      <input
        type="number"
        min={0}
        step={1}
        value={value ?? ''}
        onChange={(event) => onValue(event.target.value === '' ? undefined : Number(event.target.value))}
      />
    </label>
  )
}
