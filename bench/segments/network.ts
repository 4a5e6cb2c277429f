import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { chanceFrom } from '../../cloud/demo/chance.ts'
import { addDays, type Day, dayOf, formatDay } from '../../shared/calendar.ts'

/**
 * A network of outlets with its members and their receipts, from a seed: how often somebody comes and how much they spend
 * differs from member to member, most have one outlet, some stop coming, some come back. Written as files that both
 * databases read.
 */
export interface NetworkSize {
  readonly members: number
  readonly receipts: number
  readonly outlets: number
  readonly seed: number
}

export interface NetworkFiles {
  readonly receipts: string
  /** Goods of a receipt as arrays, as PostgreSQL keeps them. */
  readonly goods: string
  /** The same goods, a row for each line. */
  readonly lines: string
}

export const TODAY = '2026-11-18'
const HISTORY_DAYS = 730
const MENU = Array.from({ length: 200 }, (_, index) => {
  const kind = ['drinks/coffee', 'drinks/tea', 'food/bakery', 'food/lunch', 'things'][index % 5]!
  return { sku: `s${index}`, category: kind, price: 8000 + ((index * 7919) % 40_000) }
})

export interface Bought {
  readonly outlet: string
  readonly receipt: string
  readonly member: string
  readonly day: string
  readonly at: string
  readonly lines: readonly { readonly sku: string; readonly category: string; readonly amount: number }[]
}

export const memberName = (index: number): string => `m${String(index).padStart(7, '0')}`

export function* networkReceipts({ members, receipts, outlets, seed }: NetworkSize): Generator<Bought> {
  const chance = chanceFrom(seed)
  const today = dayOf(TODAY)
  const mean = receipts / members
  let made = 0
  for (let index = 0; index < members && made < receipts; index++) {
    const often = Math.max(0, Math.round(mean * chance.between(0, 200) * 0.01))
    const home = chance.between(0, outlets - 1)
    const from = chance.between(1, HISTORY_DAYS)
    const until = chance.chance(0.4) ? chance.between(0, from) : 0
    for (let visit = 0; visit < often && made < receipts; visit++) {
      made += 1
      const day = formatDay(addDays(today, -chance.between(until, from)) as Day)
      const outlet = chance.chance(0.8) ? home : chance.between(0, outlets - 1)
      const isReturn = chance.chance(0.01)
      const lines = Array.from({ length: chance.between(1, 3) }, () => {
        const { sku, category, price } = chance.pick(MENU)
        return { sku, category, amount: isReturn ? -price : price }
      })
      yield {
        outlet: `o${outlet}`,
        receipt: `r${made}`,
        member: memberName(index),
        day,
        at: `${day}T${String(chance.between(8, 20)).padStart(2, '0')}:30:00Z`,
        lines,
      }
    }
  }
}

export const networkFiles = (folder: string): NetworkFiles => ({
  receipts: join(folder, 'receipts.csv'),
  goods: join(folder, 'goods.csv'),
  lines: join(folder, 'lines.csv'),
})

export async function writeNetwork(size: NetworkSize, folder: string): Promise<NetworkFiles> {
  const paths = networkFiles(folder)
  const files = [
    createWriteStream(paths.receipts),
    createWriteStream(paths.goods),
    createWriteStream(paths.lines),
  ] as const
  let texts = ['', '', '']
  let receiptsMade = 0
  const flush = async () => {
    for (const [index, file] of files.entries()) if (!file.write(texts[index]!)) await once(file, 'drain')
    texts = ['', '', '']
  }
  for (const { outlet, receipt, member, day, at, lines } of networkReceipts(size)) {
    const amount = lines.reduce((sum, line) => sum + line.amount, 0)
    const qty = amount < 0 ? -1000 : 1000
    const list = (values: readonly (string | number)[]) => `"{${values.join(',')}}"`
    texts[0] += `main,${outlet},${receipt},${member},${at},${day},${amount},0,0,0\n`
    texts[1] += `main,${outlet},${receipt},${member},${list(lines.map((l) => l.sku))},${list(lines.map((l) => l.category))},${list(lines.map(() => qty))},${list(lines.map((l) => l.amount))},${list(lines.map(() => 'NULL'))}\n`
    for (const line of lines)
      texts[2] += `${outlet},${receipt},${member},${line.sku},${line.category},${qty},${line.amount}\n`
    receiptsMade += 1
    if (receiptsMade % 2000 === 0) await flush()
  }
  await flush()
  for (const file of files) {
    file.end()
    await once(file, 'finish')
  }
  return paths
}
