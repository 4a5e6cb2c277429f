import { COMPARISONS, type Comparison } from '../../../shared/segments/predicate.ts'
import { OPERATOR_WORD, useConditionWords } from '../../words/conditions.ts'
import type { Known } from './known.ts'
import { NamedInput } from './named-input.tsx'
import type { After, PropertyTest, RuleValue } from './predicate-query.ts'
import { ScalarValue } from './scalar-value.tsx'
import { WholeNumber } from './whole-number.tsx'

/** What an event had in it, and what was bought after it. */
export function EventValue({
  given,
  known,
  put,
}: {
  readonly given: RuleValue
  readonly known: Known
  readonly put: (change: Partial<RuleValue>) => void
}) {
  const words = useConditionWords()
  const { where = [], after } = given
  const properties = known.names.events.find(({ kind }) => kind === given.name)?.properties ?? []
  const change = (place: number, test: PropertyTest | null) =>
    put({ where: where.flatMap((each, at) => (at === place ? (test === null ? [] : [test]) : [each])) })
  return (
    <span className="parts">
      {where.map((test, place) => (
        <Property
          // biome-ignore lint/suspicious/noArrayIndexKey: properties have no other name while they are typed
          key={`${place}/${where.length}`}
          test={test}
          properties={properties}
          onChange={(changed) => change(place, changed)}
        />
      ))}
      {after !== undefined && (
        <Followed after={after} known={known} onChange={(changed) => put({ after: changed ?? undefined })} />
      )}
      <span className="acts">
        <button
          type="button"
          data-testid="add-property"
          onClick={() => put({ where: [...where, { name: '', is: '=', value: '' }] })}
        >
          {words.builder.where}
        </button>
        {after === undefined && (
          <button type="button" data-testid="add-after" onClick={() => put({ after: { fromDay: 0, toDay: 7 } })}>
            {words.builder.after}
          </button>
        )}
      </span>
    </span>
  )
}

function Property({
  test,
  properties,
  onChange,
}: {
  readonly test: PropertyTest
  readonly properties: readonly string[]
  readonly onChange: (test: PropertyTest | null) => void
}) {
  const words = useConditionWords()
  const allowed: readonly Comparison[] = typeof test.value === 'number' ? COMPARISONS : ['=', '!=']
  return (
    <span className="part" data-testid="property">
      <NamedInput
        label={words.builder.property}
        testId="property-name"
        value={test.name}
        options={properties.map((name) => ({ value: name }))}
        onValue={(name) => onChange({ ...test, name })}
      />
      <select
        aria-label={words.builder.operator}
        value={allowed.includes(test.is) ? test.is : '='}
        onChange={(event) => onChange({ ...test, is: event.target.value as Comparison })}
      >
        {allowed.map((is) => (
          <option key={is} value={is}>
            {words.operator[OPERATOR_WORD[is]]}
          </option>
        ))}
      </select>
      <ScalarValue
        value={test.value}
        onValue={(value) =>
          onChange({ ...test, value, is: typeof value === 'number' || test.is === '!=' ? test.is : '=' })
        }
      />
      <button type="button" title={words.builder.removeProperty} onClick={() => onChange(null)}>
        ✕
      </button>
    </span>
  )
}

const GOODS = ['any', 'category', 'sku'] as const

function Followed({
  after,
  known,
  onChange,
}: {
  readonly after: After
  readonly known: Known
  readonly onChange: (after: After | null) => void
}) {
  const words = useConditionWords()
  const { fromDay, toDay, kind, name } = after
  const days = { fromDay, toDay }
  const options =
    kind === 'sku'
      ? known.names.goods.map((goods) => ({ value: goods.sku, label: goods.name }))
      : known.names.categories.map((category) => ({ value: category }))
  return (
    <span className="part" data-testid="after">
      <span className="soft">{words.builder.afterTitle}</span>
      <select
        aria-label={words.builder.afterTitle}
        data-testid="after-goods"
        value={kind ?? 'any'}
        onChange={(event) => {
          const chosen = event.target.value as (typeof GOODS)[number]
          onChange(chosen === 'any' ? days : { ...days, kind: chosen, name: '' })
        }}
      >
        {GOODS.map((each) => (
          <option key={each} value={each}>
            {words.builder.goods[each]}
          </option>
        ))}
      </select>
      {kind !== undefined && (
        <NamedInput
          label={words.builder.name}
          testId="after-name"
          value={name ?? ''}
          options={options}
          onValue={(typed) => onChange({ ...days, kind, name: typed })}
        />
      )}
      <WholeNumber
        label={words.builder.fromDay}
        value={fromDay}
        onValue={(day) => onChange({ ...after, fromDay: day ?? 0 })}
      />
      <WholeNumber
        label={words.builder.toDay}
        value={toDay}
        onValue={(day) => onChange({ ...after, toDay: day ?? 0 })}
      />
      <button type="button" title={words.builder.removeAfter} onClick={() => onChange(null)}>
        ✕
      </button>
    </span>
  )
}
