import { useState } from 'react'
import type { Scalar } from '../../../shared/segments/predicate.ts'
import { useConditionWords } from '../../words/conditions.ts'

const KINDS = ['string', 'number', 'boolean'] as const
type Kind = (typeof KINDS)[number]

const FIRST: Readonly<Record<Kind, Scalar>> = { string: '', number: 1, boolean: true }

/** A value of a kind that is chosen: attributes and properties of events are what their sender made them. */
export function ScalarValue({ value, onValue }: { readonly value: Scalar; readonly onValue: (value: Scalar) => void }) {
  const words = useConditionWords()
  const [text, setText] = useState(String(value))
  // a number that is not finished yet is kept as it was typed and stays a number to the one who types
  const [kind, setKind] = useState<Kind>(typeof value as Kind)
  const type = (typed: string) => {
    setText(typed)
    const number = Number(typed.trim().replace(',', '.'))
    onValue(kind === 'number' && typed.trim() !== '' && Number.isFinite(number) ? number : typed)
  }
  return (
    <>
      <select
        aria-label={words.builder.valueKind}
        data-testid="scalar-kind"
        value={kind}
        onChange={(event) => {
          const chosen = event.target.value as Kind
          setKind(chosen)
          setText(String(FIRST[chosen]))
          onValue(FIRST[chosen])
        }}
      >
        {KINDS.map((each) => (
          <option key={each} value={each}>
            {words.builder.scalar[each]}
          </option>
        ))}
      </select>
      {kind === 'boolean' ? (
        <select
          aria-label={words.builder.value}
          data-testid="scalar"
          value={String(value)}
          onChange={(event) => onValue(event.target.value === 'true')}
        >
          {(['true', 'false'] as const).map((each) => (
            <option key={each} value={each}>
              {words.builder.option[each]}
            </option>
          ))}
        </select>
      ) : (
        <input
          aria-label={words.builder.value}
          data-testid="scalar"
          inputMode={kind === 'number' ? 'decimal' : 'text'}
          value={text}
          onChange={(event) => type(event.target.value)}
        />
      )}
    </>
  )
}
