import type { FullOption, VersatileSelectorProps } from 'react-querybuilder'

/** The library's selects have only a title; this one is named for a screen reader. */
export function NamedSelect({ className, options, value, handleOnChange, title, disabled }: VersatileSelectorProps) {
  return (
    <select
      className={className}
      aria-label={title}
      value={value}
      disabled={disabled}
      onChange={(event) => handleOnChange(event.target.value)}
    >
      {(options as readonly FullOption[]).map(({ name, label }) => (
        <option key={name} value={name}>
          {label}
        </option>
      ))}
    </select>
  )
}
