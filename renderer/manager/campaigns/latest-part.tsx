import type { ReactNode } from 'react'
import { useFormat } from '../../components/format.ts'
import { useCampaignWords } from '../../words/campaigns.ts'
import { AskedPart } from '../customers/asked-part.tsx'
import { type Latest, problemOf } from './use-campaigns.ts'

/** What the cloud says now; where it does not, what it said last, and that it is old. */
export function LatestPart<T extends object>({
  latest: { asked, last, again },
  children,
}: {
  readonly latest: Latest<T>
  readonly children: (shown: T) => ReactNode
}) {
  const words = useCampaignWords()
  const format = useFormat()
  const problem = problemOf(words, asked)
  if (last === null)
    return (
      <AskedPart asked={asked} onAgain={again} problem={problem}>
        {children}
      </AskedPart>
    )
  return (
    <>
      {problem !== null && (
        <section className="sheet report warned" data-testid="campaigns-kept" data-reason={asked.state}>
          <p role="alert">
            {problem} {'at' in last && words.kept(format.dayTime(String(last.at)))}
          </p>
          <button type="button" className="btn" data-testid="campaigns-again" onClick={again}>
            {words.again}
          </button>
        </section>
      )}
      {children(last)}
    </>
  )
}
