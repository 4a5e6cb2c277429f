import { SegmentedControl } from '@mantine/core'

/** One of a few, side by side. */
export function Choice<V extends string>({
  label,
  testId,
  value,
  options,
  onChange,
}: {
  readonly label: string
  readonly testId: string
  readonly value: V
  readonly options: readonly { readonly value: V; readonly label: string }[]
  readonly onChange: (value: V) => void
}) {
  return (
    <div className="choice">
      <span>{label}</span>
      <SegmentedControl
        fullWidth
        data-testid={testId}
        aria-label={label}
        value={value}
        data={[...options]}
        transitionDuration={0}
        onChange={(next) => onChange(next as V)}
      />
    </div>
  )
}
