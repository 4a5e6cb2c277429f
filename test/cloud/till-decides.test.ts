import { expect, test } from 'vitest'
import { chanceFrom } from '../../cloud/demo/chance.ts'
import { bringFactsUp } from '../../cloud/facts/keep.ts'
import type { EntryRow, Found } from '../../renderer/core/ports.ts'
import { liveSegments, segmentsOf } from '../../renderer/core/segments.ts'
import type { SaleBody } from '../../shared/ledger/entry.ts'
import { compileProgramme } from '../../shared/programme/compile.ts'
import type { MemberRow, ProgrammeRow } from '../../shared/sync/protocol.ts'
import { plainProgramme, refundBody, saleBody } from './receipts.ts'
import type { Written } from './rig.ts'
import { DAY_MS, Shop } from './segment-shop.ts'

/** One definition, on both sides: what a till decides from what it was told long ago is what the database finds now. */

const SEGMENTS: Readonly<Record<string, unknown>> = {
  birthday: { fact: 'daysToBirthday', is: '<=', value: 30 },
  asleep: { fact: 'daysSincePurchase', is: '>=', value: 4 },
  fresh: { fact: 'daysSinceFirstPurchase', is: '<', value: 6 },
  often: { fact: 'purchases', is: '>=', value: 3 },
  days: { fact: 'purchaseDays', is: '>=', value: 3 },
  large: { fact: 'averageCheck', is: '>=', value: '120.00' },
  rich: { fact: 'spend', is: '>', value: '500.00' },
  spender: { fact: 'redeemedPurchases', is: '>=', value: 1 },
  giver: { fact: 'returns', is: '>=', value: 1 },
  regular: { fact: 'averageInterval', is: '<=', value: 10 },
  returned: { fact: 'daysSinceComeback', gap: 5, is: '<=', value: 1 },
  mixed: { all: [{ not: { segment: 'asleep' } }, { any: [{ segment: 'rich' }, { segment: 'birthday' }] }] },
}
const STEPS = 40

/** A till that is told rarely, and writes down what it sells. */
class Teller {
  readonly rows: EntryRow[] = []
  readonly sold: SaleBody[] = []
  private member!: MemberRow
  private live = liveSegments([])

  async hear(shop: Shop): Promise<void> {
    await shop.cloud.cloud.feed.settled()
    const pulled = await shop.till.pullAll(5000)
    this.member = (pulled.get('member ann') as MemberRow | undefined) ?? this.member
    const programme = pulled.get(`programme ${plainProgramme.id}`) as ProgrammeRow | undefined
    if (programme !== undefined) this.live = liveSegments(programme.segments ?? [])
  }

  wrote({ entry, hash }: Written): void {
    const { epoch, seq, body, at } = entry
    this.rows.push({
      epoch,
      seq,
      hash,
      text: JSON.stringify({ entry, hash }),
      kind: body.kind,
      at: Date.parse(at.wall),
    })
  }

  /** Whether the facts that it was told do not hold the sale yet. */
  hasSoldSince({ receipt }: SaleBody): boolean {
    const seen = this.member.factsSeen?.seq ?? 0
    return this.rows.some(({ seq, text }) => seq > seen && text.includes(`"receipt":"${receipt}"`))
  }

  decides(now: number): readonly string[] {
    const found = { member: this.member } as Found
    const programme = { live: this.live, compiled: compileProgramme(plainProgramme) }
    return [...segmentsOf({ found, rows: this.rows }, programme, now)].sort()
  }
}

test('[S210] [S213] through purchases, returns and days a till decides as the database does, however long ago it was told', async () => {
  const chance = chanceFrom(29)
  const shop = await Shop.open()
  for (const [segment, predicate] of Object.entries(SEGMENTS)) {
    const made = { segment, name: segment, kind: 'live', predicate, atTills: true }
    expect((await shop.cloud.admin('POST', 'segments', made)).status).toBe(201)
  }
  await shop.enrol('ann', { name: 'Ann', birthDate: '1990-03-20' })
  await bringFactsUp(shop.cloud.cloud)
  const teller = new Teller()
  await teller.hear(shop)

  const push = async (written: Written) => {
    teller.wrote(written)
    await shop.till.push([written])
  }
  const buy = async () => {
    const amount = BigInt(chance.between(1, 300)) * 100n
    const redeem = teller.sold.length > 3 && chance.chance(0.3) ? 100n : 0n
    const member = { id: 'ann', card: 'c-ann' }
    const body = saleBody({
      receipt: `r${teller.sold.length}`,
      amount,
      redeem,
      balance: 10_000n,
      at: shop.at(),
      member,
    })
    teller.sold.push(body)
    await push(shop.till.write(body, { at: shop.at() }))
  }
  const back = new Set<SaleBody>()
  const entered = new Set<string>()
  let returned = 0
  for (let step = 0; step < STEPS; step++) {
    const last = teller.sold.at(-1)
    if (chance.chance(0.5)) await buy()
    else if (last !== undefined && !back.has(last) && chance.chance(0.3)) {
      back.add(last)
      const isOwn = teller.hasSoldSince(last)
      await push(shop.till.write(refundBody(last), { at: shop.at() }))
      await bringFactsUp(shop.cloud.cloud)
      if (!isOwn) await teller.hear(shop) // of a receipt that is among the facts already only the cloud knows
      returned += isOwn ? 1 : 0
    } else {
      shop.now += chance.between(1, 7) * DAY_MS
      await shop.till.open()
    }
    const decided = teller.decides(shop.now)
    await bringFactsUp(shop.cloud.cloud)
    const { body } = await shop.cloud.admin('GET', 'members/ann/export')
    const isIn = (body.segments as { segment: string }[]).map(({ segment }) => segment)
    const counted = isIn.filter((segment) => Object.hasOwn(SEGMENTS, segment)).sort()
    expect([step, decided]).toEqual([step, counted])
    for (const segment of counted) entered.add(segment)
    if (chance.chance(0.2)) await teller.hear(shop)
  }
  expect(returned).toBeGreaterThan(0)
  expect([...entered].sort()).toEqual(Object.keys(SEGMENTS).sort()) // or nothing was tried
})
