import { useCallback, useEffect, useState } from 'react'
import type { SegmentsReply, SegmentsRequest } from '../../../shared/segments/ask.ts'
import { call } from '../../components/desktop.ts'
import type { Asked } from './use-report.ts'

type Kind = SegmentsReply['kind']
type ReplyOf<K extends Kind> = Extract<SegmentsReply, { kind: K }>

/** One question about segments; an answer of another kind is one that cannot be read. */
export async function askSegments<K extends Kind>(
  pin: string,
  request: SegmentsRequest,
  kind: K,
): Promise<Exclude<Asked<ReplyOf<K>>, { state: 'loading' }>> {
  const reply = await call('segments.ask', { pin, request })
  if (!reply.ok) return { state: 'failed', code: reply.reason }
  const answer = reply.value
  if (answer.kind === 'unreachable') return { state: 'unreachable' }
  if (answer.kind === 'refused') {
    const { code, errors } = answer
    return errors === undefined ? { state: 'failed', code } : { state: 'failed', code, errors }
  }
  if (answer.kind !== kind) return { state: 'failed', code: 'bad_answer' }
  return { state: 'ready', report: answer as ReplyOf<K> }
}

/** Own segments as they are now; an answer that comes late is dropped. */
export function useOwnSegments(pin: string) {
  const [asked, setAsked] = useState<Asked<ReplyOf<'list'>>>({ state: 'loading' })
  const [round, setRound] = useState(0)
  // biome-ignore lint/correctness/useExhaustiveDependencies: `round` asks again
  useEffect(() => {
    let isLate = false
    setAsked({ state: 'loading' })
    void askSegments(pin, { ask: 'list' }, 'list').then((answer) => {
      if (!isLate) setAsked(answer)
    })
    return () => {
      isLate = true
    }
  }, [pin, round])
  return { asked, again: useCallback(() => setRound((before) => before + 1), []) }
}

/** Every member of a segment, page by page. */
export async function allMembers(pin: string, segment: string) {
  const members: string[] = []
  for (let after: string | undefined; ; ) {
    const request = { ask: 'members', segment, ...(after === undefined ? {} : { after }) } as const
    const page = await askSegments(pin, request, 'members')
    if (page.state !== 'ready') return page
    members.push(...page.report.members)
    if (page.report.next === null) return { state: 'ready', report: members } as const
    after = page.report.next
  }
}
