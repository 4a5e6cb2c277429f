import { useId } from 'react'

/** A text with what is known to suggest; anything else may be typed as well. */
export function NamedInput({
  label,
  testId,
  value,
  options,
  disabled,
  onValue,
}: {
  readonly label: string
  readonly testId: string
  readonly value: string
  readonly options: readonly { readonly value: string; readonly label?: string | null }[]
  readonly disabled?: boolean | undefined
  readonly onValue: (value: string) => void
}) {
  const list = useId()
  return (
    <>
      <input
        aria-label={label}
        placeholder={label}
        data-testid={testId}
        disabled={disabled}
        list={options.length === 0 ? undefined : list}
        value={value}
        onChange={(event) => onValue(event.target.value)}
      />
      {options.length > 0 && (
        <datalist id={list}>
          {options.map((option) => (
            <option key={option.value} value={option.value}>
              {option.label ?? option.value}
            </option>
          ))}
        </datalist>
      )}
    </>
  )
}
