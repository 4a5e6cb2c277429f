import { useCallback, useEffect, useState } from 'react'
import type { SurveysReply, SurveysRequest } from '../../../shared/surveys/ask.ts'
import { call } from '../../components/desktop.ts'
import type { SurveyWords } from '../../words/survey-manager.ts'
import type { Asked } from '../customers/use-report.ts'

type Kind = SurveysReply['kind']
export type ReplyOf<K extends Kind> = Extract<SurveysReply, { kind: K }>
export type Answered<T> = Exclude<Asked<T>, { state: 'loading' }>

/** One question about surveys; an answer of another kind is one that cannot be read. */
export async function askSurveys<K extends Kind>(
  pin: string,
  request: SurveysRequest,
  ...kinds: readonly K[]
): Promise<Answered<ReplyOf<K>>> {
  const reply = await call('surveys.ask', { pin, request })
  if (!reply.ok) return { state: 'failed', code: reply.reason }
  const answer = reply.value
  if (answer.kind === 'unreachable') return { state: 'unreachable' }
  if (answer.kind === 'refused') return { state: 'failed', code: answer.code }
  if (!kinds.some((kind) => kind === answer.kind)) return { state: 'failed', code: 'bad_answer' }
  return { state: 'ready', report: answer as ReplyOf<K> }
}

/** An answer as it is now; one that comes late is dropped. */
export function useAsked<K extends Kind>(pin: string, request: SurveysRequest, kind: K) {
  const wish = JSON.stringify(request)
  const [round, setRound] = useState(0)
  const [asked, setAsked] = useState<Asked<ReplyOf<K>>>({ state: 'loading' })
  useEffect(() => {
    let isLate = false
    if (round === 0) setAsked({ state: 'loading' })
    void askSurveys(pin, JSON.parse(wish) as SurveysRequest, kind).then((answer) => {
      if (!isLate) setAsked(answer)
    })
    return () => {
      isLate = true
    }
  }, [pin, wish, kind, round])
  const again = useCallback(() => setRound((before) => before + 1), [])
  return { asked, again }
}

/** Why the cloud did not do what was asked, in words; null: it did, or has not answered yet. */
export function problemOf(words: SurveyWords, asked: Asked<unknown>): string | null {
  if (asked.state === 'ready' || asked.state === 'loading') return null
  if (asked.state === 'unreachable') return words.problem.unreachable
  const known = words.problem as Readonly<Record<string, unknown>>
  const said = asked.code === 'other' ? undefined : known[asked.code]
  return typeof said === 'string' ? said : words.problem.other(asked.code)
}
