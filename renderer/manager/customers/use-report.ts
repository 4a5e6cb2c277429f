import { useCallback, useEffect, useState } from 'react'
import type { CoreRefusal } from '../../../shared/core-api.ts'
import type { ReportOf } from '../../../shared/segments/analysis/reports.ts'
import type { ReportName } from '../../../shared/segments/analysis/settings.ts'
import { call } from '../../components/desktop.ts'

export type Asked<T> =
  | { readonly state: 'loading' }
  | { readonly state: 'ready'; readonly report: T }
  | { readonly state: 'unreachable' }
  | { readonly state: 'failed'; readonly code: string }

/** A report of the cloud; asked again when the settings change or somebody says so. An answer that comes late is dropped. */
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
    setAsked({ state: 'loading' })
    void call('reports.ask', { pin, name, settings: JSON.parse(wish) as Record<string, unknown> }).then((reply) => {
      if (isLate) return
      if (!reply.ok) return setAsked({ state: 'failed', code: reply.reason })
      const answer = reply.value
      if (answer.kind === 'report') setAsked({ state: 'ready', report: answer.report as ReportOf<Name> })
      else if (answer.kind === 'unreachable') setAsked({ state: 'unreachable' })
      else setAsked({ state: 'failed', code: answer.code })
    })
    return () => {
      isLate = true
    }
  }, [pin, name, wish, round])
  return { asked, again: useCallback(() => setRound((before) => before + 1), []) }
}

/** Whether this PIN opens the reports: the smallest of them is asked for. */
export async function tryPin(pin: string): Promise<CoreRefusal | null> {
  const reply = await call('reports.ask', { pin, name: 'redemption', settings: { days: 1 } })
  return reply.ok ? null : reply.reason
}
