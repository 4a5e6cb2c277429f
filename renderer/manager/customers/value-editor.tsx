import { useState } from 'react'
import type { ValueEditorProps } from 'react-querybuilder'
import { FACT_NAMES, type FactName, factKind } from '../../../shared/segments/facts.ts'
import type { Scalar } from '../../../shared/segments/predicate.ts'
import { useConditionWords } from '../../words/conditions.ts'
import { HAPPENED, type RuleValue } from './predicate-query.ts'

/** What stands right of the operator: number, day, list, yes or no; and of which days. */
export function RuleValueEditor({ field, operator, value, handleOnChange, disabled }: ValueEditorProps) {
  const words = useConditionWords()
  const given = (value ?? {}) as RuleValue
  const put = (change: Partial<RuleValue>) => handleOnChange({ ...given, ...change })
  const kind = (FACT_NAMES as readonly string[]).includes(field) ? factKind(field as FactName) : undefined
  const isCounted = kind === undefined && (field === 'event' || operator !== HAPPENED)
  const mayBeWithin = kind === undefined ? operator === HAPPENED : kind.windowed === true
  return (
    <span className="asked">
      {kind === undefined && (
        <input
          aria-label={words.builder.name}
          placeholder={words.builder.name}
          data-testid="value-name"
          disabled={disabled}
          value={given.name ?? ''}
          onChange={(event) => put({ name: event.target.value })}
        />
      )}
      {kind !== undefined && operator !== 'known' && operator !== 'unknown' && (
        <FactValue
          key={`${field} ${operator === 'in'}`}
          kind={kind}
          isList={operator === 'in'}
          given={given}
          put={put}
        />
      )}
      {isCounted && <WholeNumber label={words.builder.times} value={given.times} onValue={(times) => put({ times })} />}
      {kind?.gap === true && (
        <WholeNumber label={words.builder.gap} value={given.gap} onValue={(gap) => put({ gap })} />
      )}
      {mayBeWithin && (
        <WholeNumber label={words.builder.within} value={given.within} onValue={(within) => put({ within })} />
      )}
    </span>
  )
}

function WholeNumber({
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

function FactValue({
  kind,
  isList,
  given,
  put,
}: {
  readonly kind: ReturnType<typeof factKind>
  readonly isList: boolean
  readonly given: RuleValue
  readonly put: (change: Partial<RuleValue>) => void
}) {
  const words = useConditionWords()
  const values = Array.isArray(given.value) ? (given.value as readonly Scalar[]) : [given.value as Scalar]
  const [list, setList] = useState(values.map(String).join('; '))
  const isNumber = kind.type === 'count' || kind.type === 'days'
  const label = words.builder.value
  /** What is no number stays as it was typed, and is refused as such. */
  const read = (text: string): Scalar => {
    if (kind.type === 'flag') return text === 'true'
    if (kind.type === 'money') return /^-?\d+$/.test(text.trim()) ? `${text.trim()}.00` : text.trim().replace(',', '.')
    return isNumber && /^-?\d+$/.test(text.trim()) ? Number(text) : text
  }
  const options = kind.type === 'flag' ? ['true', 'false'] : kind.values
  if (isList)
    return (
      <input
        aria-label={words.builder.list}
        placeholder={words.builder.list}
        data-testid="value-list"
        value={list}
        onChange={(event) => {
          setList(event.target.value)
          const parts = event.target.value.split(';').map((part) => part.trim())
          put({ value: parts.filter((part) => part !== '').map(read) })
        }}
      />
    )
  const shown = String(values[0] ?? '')
  if (options !== undefined)
    return (
      <select aria-label={label} value={shown} onChange={(event) => put({ value: read(event.target.value) })}>
        {options.map((option) => (
          <option key={option} value={option}>
            {words.builder.option[option as keyof typeof words.builder.option]}
          </option>
        ))}
      </select>
    )
  return <TypedValue label={label} type={kind.type} value={shown} onValue={(text) => put({ value: read(text) })} />
}

/** The text as it is typed: "500" is not "500.00" before it is whole. */
function TypedValue({
  label,
  type,
  value,
  onValue,
}: {
  readonly label: string
  readonly type: string
  readonly value: string
  readonly onValue: (text: string) => void
}) {
  const [text, setText] = useState(value)
  return (
    <input
      aria-label={label}
      data-testid="value"
      type={type === 'day' ? 'date' : 'text'}
      inputMode={type === 'count' || type === 'days' ? 'numeric' : type === 'money' ? 'decimal' : 'text'}
      value={text}
      onChange={(event) => {
        setText(event.target.value)
        onValue(event.target.value)
      }}
    />
  )
}
