import { useState } from 'react'
import type { ValueEditorProps } from 'react-querybuilder'
import { FACT_NAMES, type FactName, factKind } from '../../../shared/segments/facts.ts'
import { formsOf, KNOWN_NAMES } from '../../../shared/segments/name-days.ts'
import type { Scalar } from '../../../shared/segments/predicate.ts'
import { useConditionWords } from '../../words/conditions.ts'
import { EventValue } from './event-value.tsx'
import type { Known } from './known.ts'
import { NamedInput } from './named-input.tsx'
import { HAPPENED, type RuleValue } from './predicate-query.ts'
import { ScalarValue } from './scalar-value.tsx'
import { WholeNumber } from './whole-number.tsx'

/** What stands right of the operator: number, day, list, yes or no; names of goods, events and segments; and of which days. */
export function RuleValueEditor({ field, operator, value, handleOnChange, disabled, context }: ValueEditorProps) {
  const words = useConditionWords()
  const known = context as Known
  const given = (value ?? {}) as RuleValue
  const put = (change: Partial<RuleValue>) => handleOnChange({ ...given, ...change })
  if (field === 'segment') return <SegmentValue known={known} given={given} put={put} />
  if (field === 'attribute') return <AttributeValue known={known} operator={operator} given={given} put={put} />
  const kind = (FACT_NAMES as readonly string[]).includes(field) ? factKind(field as FactName) : undefined
  const isCounted = kind === undefined && (field === 'event' || operator !== HAPPENED)
  const mayBeWithin = kind === undefined ? operator === HAPPENED : kind.windowed === true
  return (
    <span className="asked">
      {kind === undefined && (
        <NamedInput
          label={field === 'event' ? words.builder.event : words.builder.name}
          testId="value-name"
          disabled={disabled}
          value={given.name ?? ''}
          options={namesFor(field, known)}
          onValue={(name) => put({ name })}
        />
      )}
      {kind !== undefined && operator !== 'known' && operator !== 'unknown' && (
        <FactValue
          key={`${field} ${operator === 'in'}`}
          field={field as FactName}
          kind={kind}
          isList={operator === 'in'}
          options={namesFor(field, known)}
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
      {field === 'event' && <EventValue given={given} known={known} put={put} />}
    </span>
  )
}

interface Part {
  readonly known: Known
  readonly given: RuleValue
  readonly put: (change: Partial<RuleValue>) => void
}

function SegmentValue({ known, given, put }: Part) {
  const words = useConditionWords()
  return (
    <span className="asked">
      <select
        aria-label={words.builder.choose}
        data-testid="value-segment"
        value={given.name ?? ''}
        onChange={(event) => put({ name: event.target.value })}
      >
        <option value="">{words.builder.choose}</option>
        {given.name !== undefined && given.name !== '' && !known.segments.some((one) => one.segment === given.name) && (
          <option value={given.name}>{given.name}</option>
        )}
        {known.segments.map(({ segment, name }) => (
          <option key={segment} value={segment}>
            {name}
          </option>
        ))}
      </select>
    </span>
  )
}

function AttributeValue({ known, operator, given, put }: Part & { readonly operator: string }) {
  const words = useConditionWords()
  const value = (Array.isArray(given.value) ? given.value[0] : given.value) ?? ''
  return (
    <span className="asked">
      <NamedInput
        label={words.builder.attribute}
        testId="value-name"
        value={given.name ?? ''}
        options={known.names.attributes.map((name) => ({ value: name }))}
        onValue={(name) => put({ name })}
      />
      <ScalarValue value={value as Scalar} onValue={(changed) => put({ value: changed })} />
      {typeof value !== 'number' && operator !== '=' && operator !== '!=' && (
        <span className="bad" role="status" data-testid="only-equal">
          {words.builder.onlyEqual}
        </span>
      )}
    </span>
  )
}

function namesFor(
  field: string,
  { names }: Known,
): readonly { readonly value: string; readonly label?: string | null }[] {
  const plain = (list: readonly string[]) => list.map((value) => ({ value }))
  switch (field) {
    case 'bought.sku':
      return names.goods.map(({ sku, name }) => ({ value: sku, label: name }))
    case 'bought.category':
      return plain(names.categories)
    case 'event':
      return plain(names.events.map(({ kind }) => kind))
    case 'tier':
      return plain(names.tiers)
    case 'cardType':
      return plain(names.cardTypes)
    case 'firstName':
      return plain(KNOWN_NAMES)
    default:
      return []
  }
}

function FactValue({
  field,
  kind,
  isList,
  options: suggested,
  given,
  put,
}: {
  readonly field: FactName
  readonly kind: ReturnType<typeof factKind>
  readonly isList: boolean
  readonly options: ReturnType<typeof namesFor>
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
  const putList = (typed: string) => {
    setList(typed)
    const parts = typed.split(';').map((part) => part.trim())
    put({ value: parts.filter((part) => part !== '').map(read) })
  }
  const withForms = () => {
    const parts = list.split(';').map((part) => part.trim())
    putList([...new Set(parts.filter((part) => part !== '').flatMap((name) => [name, ...formsOf(name)]))].join('; '))
  }
  if (isList)
    return (
      <>
        <input
          aria-label={words.builder.list}
          placeholder={words.builder.list}
          data-testid="value-list"
          value={list}
          onChange={(event) => putList(event.target.value)}
        />
        {field === 'firstName' && (
          <button type="button" data-testid="all-forms" onClick={withForms}>
            {words.builder.forms}
          </button>
        )}
      </>
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
  if (suggested.length > 0)
    return (
      <NamedInput
        label={label}
        testId="value"
        value={shown}
        options={suggested}
        onValue={(text) => put({ value: read(text) })}
      />
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
