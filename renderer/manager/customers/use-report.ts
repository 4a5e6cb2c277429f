import { useCallback, useEffect, useState } from 'react'
import type { CoreRefusal } from '../../../shared/core-api.ts'
import type { ReportOf } from '../../../shared/segments/analysis/reports.ts'
import type { ReportName } from '../../../shared/segments/analysis/settings.ts'
import { call } from '../../components/desktop.ts'

/** What the cloud has found to be wrong, by place. */
export interface Wrong {
  readonly path: string
  readonly found: string
  readonly allowed: string
}

export type Asked<T> =
  | { readonly state: 'loading' }
  /** `isComing`: a later one is being computed and will take its place. */
  | { readonly state: 'ready'; readonly report: T; readonly isComing?: boolean }
  | { readonly state: 'unreachable' }
  /** `errors`: what is wrong, by place; missing: the code says it all. */
  | { readonly state: 'failed'; readonly code: string; readonly errors?: readonly Wrong[] }

/** The cloud joins whoever asks again to the computation that is under way. */
const ASK_AGAIN_MS = 2_000

/**
 * A report of the cloud; asked again when the settings change or somebody says so, and until the latest has come. An answer
 * that comes late is dropped.
 */
export function useReport<Name extends ReportName>(
  pin: string,
  name: Name,
  settings: Readonly<Record<string, unknown>>,
): { readonly asked: Asked<ReportOf<Name>>; readonly again: () => void } {
  const [asked, setAsked] = useState<Asked<ReportOf<Name>>>({ state: 'loading' })
  const [round, setRound] = useState(0)
  const wish = JSON.stringify(settings)
  // biome-ignore lint/correctness/useExhaustiveDependencies: `round` asks again
  useEffect(() => {
    let isLate = false
    let timer: ReturnType<typeof setTimeout> | undefined
    setAsked({ state: 'loading' })
    const ask = async () => {
      const reply = await call('reports.ask', { pin, name, settings: JSON.parse(wish) as Record<string, unknown> })
      if (isLate) return
      if (!reply.ok) return setAsked({ state: 'failed', code: reply.reason })
      const answer = reply.value
      if (answer.kind === 'report') {
        setAsked({ state: 'ready', report: answer.report as ReportOf<Name>, isComing: answer.isComing })
      } else if (answer.kind === 'unreachable') setAsked({ state: 'unreachable' })
      else if (answer.kind === 'refused') setAsked({ state: 'failed', code: answer.code })
      if (answer.kind === 'coming' || (answer.kind === 'report' && answer.isComing)) {
        timer = setTimeout(() => void ask(), ASK_AGAIN_MS)
      }
    }
    void ask()
    return () => {
      isLate = true
      clearTimeout(timer)
    }
  }, [pin, name, wish, round])
  return { asked, again: useCallback(() => setRound((before) => before + 1), []) }
}

/** Whether this PIN opens the reports: something is asked for that costs the cloud nothing. */
export async function tryPin(pin: string): Promise<CoreRefusal | null> {
  const reply = await call('segments.ask', { pin, request: { ask: 'preset', family: 'activity' } })
  return reply.ok ? null : reply.reason
}
