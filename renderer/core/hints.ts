import { dayOf, formatDay, type Instant, localTime } from '../../shared/calendar.ts'
import { bestHint } from '../../shared/campaigns/hint.ts'
import { fillText } from '../../shared/campaigns/text.ts'
import type { HintView } from '../../shared/core-api.ts'
import { ledgerEntry } from '../../shared/ledger/entry.ts'
import type { Known } from './members.ts'
import type { EntryRow } from './ports.ts'

/** What campaigns want the cashier to say: one thing at a time. Rules K21 to K23. */

export function hintView({ found, rows, putOff }: HintOf, timeZone: string, now: number): HintView | null {
  if (found.hints.length === 0) return null
  const today = localTime(timeZone, now as Instant).day
  const facts = {
    today: formatDay(today),
    lastBought: lastBought(rows, timeZone),
    silenced: new Set([...putOff, ...told(rows)]),
  }
  const hint = bestHint(found.hints, facts)
  if (hint === null) return null
  const { id, kind, anchor, points, lastDay, text } = hint
  const name = found.member.name ?? undefined
  const said = {
    ...(points === undefined ? {} : { points }),
    ...(lastDay === undefined ? {} : { lastDay }),
    ...(name === undefined ? {} : { name }),
  }
  return {
    id,
    kind,
    text: { ru: fillText(text.ru, said, 'ru'), en: fillText(text.en, said, 'en') },
    points: points ?? null,
    lastDay: lastDay ?? null,
    days: today - dayOf(anchor),
  }
}

type HintOf = Pick<Known, 'found' | 'rows' | 'putOff'>

/** The day of the newest purchase at this till, whether the cloud has heard of it or not. */
function lastBought(rows: readonly EntryRow[], timeZone: string): string | null {
  const sales = rows.filter(({ kind, setAside }) => (kind === 'sale' || kind === 'attach') && setAside !== true)
  if (sales.length === 0) return null
  const newest = Math.max(...sales.map(({ at }) => at))
  return formatDay(localTime(timeZone, newest as Instant).day)
}

/** Hints that were told at this till. */
function told(rows: readonly EntryRow[]): string[] {
  return rows.flatMap(({ kind, text }) => {
    if (kind !== 'hint') return []
    const { body } = ledgerEntry.parse((JSON.parse(text) as { entry: unknown }).entry)
    return body.kind === 'hint' && body.action === 'told' ? [body.hint] : []
  })
}
