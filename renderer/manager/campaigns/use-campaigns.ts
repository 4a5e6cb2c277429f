import { useCallback, useEffect, useState } from 'react'
import type { CampaignsReply, CampaignsRequest } from '../../../shared/campaigns/ask.ts'
import { call } from '../../components/desktop.ts'
import type { CampaignWords } from '../../words/campaigns.ts'
import type { Asked } from '../customers/use-report.ts'

type Kind = CampaignsReply['kind']
export type ReplyOf<K extends Kind> = Extract<CampaignsReply, { kind: K }>
export type Answered<T> = Exclude<Asked<T>, { state: 'loading' }>

/** One question about campaigns; an answer of another kind is one that cannot be read. */
export async function askCampaigns<K extends Kind>(
  pin: string,
  request: CampaignsRequest,
  ...kinds: readonly K[]
): Promise<Answered<ReplyOf<K>>> {
  const reply = await call('campaigns.ask', { pin, request })
  if (!reply.ok) return { state: 'failed', code: reply.reason }
  const answer = reply.value
  if (answer.kind === 'unreachable') return { state: 'unreachable' }
  if (answer.kind === 'refused') {
    const { code, errors } = answer
    return errors === undefined ? { state: 'failed', code } : { state: 'failed', code, errors }
  }
  if (!kinds.some((kind) => kind === answer.kind)) return { state: 'failed', code: 'bad_answer' }
  return { state: 'ready', report: answer as ReplyOf<K> }
}

/** What was answered last, by question: shown again when there is no network, and forgotten with the manager's screen. */
const kept = new Map<string, CampaignsReply>()
export const forgetKept = (): void => kept.clear()

/** The ids of the list that was answered last. */
export function keptCampaigns(): readonly string[] {
  const list = kept.get(JSON.stringify({ ask: 'list' }))
  return list?.kind === 'list' ? list.campaigns.map(({ campaign }) => campaign) : []
}

export interface Latest<T> {
  readonly asked: Asked<T>
  /** The newest answer there ever was. */
  readonly last: T | null
  readonly again: () => void
}

/** An answer as it is now, and the one before it until then; one that comes late is dropped. */
export function useLatest<K extends Kind>(pin: string, request: CampaignsRequest, kind: K): Latest<ReplyOf<K>> {
  const wish = JSON.stringify(request)
  const [round, setRound] = useState(0)
  const [asked, setAsked] = useState<Asked<ReplyOf<K>>>({ state: 'loading' })
  // biome-ignore lint/correctness/useExhaustiveDependencies: `round` asks again
  useEffect(() => {
    let isLate = false
    setAsked({ state: 'loading' })
    void askCampaigns(pin, JSON.parse(wish) as CampaignsRequest, kind).then((answer) => {
      if (answer.state === 'ready') kept.set(wish, answer.report)
      if (!isLate) setAsked(answer)
    })
    return () => {
      isLate = true
    }
  }, [pin, wish, kind, round])
  const again = useCallback(() => setRound((before) => before + 1), [])
  const before = (kept.get(wish) as ReplyOf<K> | undefined) ?? null
  return { asked, last: asked.state === 'ready' ? asked.report : before, again }
}

/** Why the cloud did not do what was asked, in words; null: it did, or has not answered yet. */
export function problemOf(words: CampaignWords, asked: Asked<unknown>): string | null {
  if (asked.state === 'ready' || asked.state === 'loading') return null
  if (asked.state === 'unreachable') return words.problem.unreachable
  const known = words.problem as Readonly<Record<string, unknown>>
  const said = asked.code === 'other' ? undefined : known[asked.code]
  return typeof said === 'string' ? said : words.problem.other(asked.code)
}
