import { formatDay } from '../../shared/calendar.ts'
import { formatHundredths } from '../../shared/money.ts'
import type { Asked, Replayed } from './replay.ts'
import type { Visits } from './visits.ts'
import type { Wish } from './wish.ts'

/** What the replay found, for people and machines. */

/** Null where nothing was asked for: a share of nothing is no number. */
export function shareOf(part: number, whole: number): number | null {
  return whole === 0 ? null : Number((part / whole).toFixed(6))
}

export function inPercent(share: number): string {
  return `${Number((share * 100).toFixed(2))} %`
}

export function introducing(wish: Wish, { visits, rows, anonymous, problems }: Visits): string[] {
  const members = new Set(visits.map((visit) => visit.member)).size
  const shops = new Set(visits.map((visit) => visit.outlet)).size
  const from = formatDay(visits[0]!.day)
  const to = formatDay(visits.at(-1)!.day)
  const seeds = wish.seeds === 1 ? `seed ${wish.seed}` : `seeds ${wish.seed} to ${wish.seed + wish.seeds - 1}`
  const tills = wish.tills === 1 ? '1 till' : `${wish.tills} tills`
  const together = wish.tills === 1 ? '' : wish.passOn ? ' that pass rights on' : ' that stand alone'
  return [
    `${wish.file}: ${rows} rows, ${visits.length} receipts of ${members} members in ${shops} shops, ${from} to ${to}; receipts of nobody ${anonymous}, rows that cannot be used ${problems.length}`,
    `${inPercent(wish.offlineShare)} of the days of each shop without a network, ${tills} a shop${together}, ${seeds}; every receipt earns ${formatHundredths(wish.earnPercent)} % and asks for up to ${formatHundredths(wish.burnPercent)} %; amounts ${wish.drawn ? 'drawn around the mean of each member' : 'as in the file'}`,
  ]
}

export function concluding(rights: Replayed, rightsAndRisk: Replayed): string[] {
  if (rights.offline.attempts === 0) return ['Nobody asked for points where there was no network.']
  const inHundred = ({ offline }: Replayed) => servedIn(offline).replace(' %', '')
  return [
    `Of 100 redemptions asked for without a network, rights serve ${inHundred(rights)} in full, and nothing can be lost by them.`,
    `With risk beyond them it is ${inHundred(rightsAndRisk)}, at a loss of ${formatHundredths(rightsAndRisk.lost)} points of ${formatHundredths(rightsAndRisk.risked)} redeemed at risk.`,
  ]
}

export function table(rights: Replayed, rightsAndRisk: Replayed): string {
  const row = (what: string, cell: (each: Replayed) => string) =>
    `  ${what.padEnd(34)}${cell(rights).padStart(12)}${cell(rightsAndRisk).padStart(16)}`
  return [
    `  ${''.padEnd(34)}${'rights'.padStart(12)}${'rights + risk'.padStart(16)}`,
    row('asked for without a network', ({ offline }) => String(offline.attempts)),
    row('  served in full', ({ offline }) => servedIn(offline)),
    row('  of the points asked for', ({ offline }) => pointsIn(offline)),
    row('asked for online', ({ online }) => String(online.attempts)),
    row('  not served in full', ({ online }) => missedIn(online)),
    row('points redeemed at risk', ({ risked }) => formatHundredths(risked)),
    row('  lost', ({ lost }) => formatHundredths(lost)),
  ].join('\n')
}

export function rivalsTable(rivals: readonly { readonly name: string; readonly result: Replayed }[]): string {
  const row = (name: string, served: string, blocked: string) =>
    `${name.padEnd(52)}${served.padStart(16)}${blocked.padStart(20)}`
  return [
    row('allotment', 'served in full', 'online not in full'),
    ...rivals.map(({ name, result }) => row(name, servedIn(result.offline), missedIn(result.online))),
  ].join('\n')
}

function servedIn({ served, attempts }: Asked): string {
  return orNone(shareOf(served, attempts))
}

function missedIn({ served, attempts }: Asked): string {
  return orNone(shareOf(attempts - served, attempts))
}

function pointsIn({ given, asked }: Asked): string {
  return orNone(shareOf(Number(given), Number(asked)))
}

function orNone(share: number | null): string {
  return share === null ? 'none asked' : inPercent(share)
}
