import { useId } from 'react'
import { filled, useSegmentWords } from '../../words/segments.ts'
import type { Problem } from './preset-draft.ts'

const KEYS = { whole: 'numeric', money: 'decimal', list: 'text' } as const

/** A number, an amount or a list as it is typed, with what is wrong with it below. */
export function TypedField({
  label,
  testId,
  kind,
  text,
  problem,
  onText,
}: {
  readonly label: string
  readonly testId: string
  readonly kind: keyof typeof KEYS
  readonly text: string
  /** A sentence; undefined: nothing is wrong. An empty one: it is wrong, and what is said stands elsewhere. */
  readonly problem: string | undefined
  readonly onText: (text: string) => void
}) {
  const id = useId()
  return (
    <div className="threshold" data-list={kind === 'list' || undefined}>
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        data-testid={testId}
        inputMode={KEYS[kind]}
        value={text}
        aria-invalid={problem !== undefined}
        aria-describedby={`${id}-problem`}
        onChange={(event) => onText(event.target.value)}
      />
      <p id={`${id}-problem`} role="status" className="bad">
        {problem}
      </p>
    </div>
  )
}

/** What is wrong with a typed value, in words; that values are out of order is said once, below all of them. */
export function useTypedProblem(): (problem: Problem | undefined) => string | undefined {
  const words = useSegmentWords()
  return (problem) => {
    if (problem === undefined) return undefined
    if (problem.kind === 'order') return ''
    return filled(words[problem.kind], { found: problem.found, limit: problem.limit ?? '' })
  }
}
