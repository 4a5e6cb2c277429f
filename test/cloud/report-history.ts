import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { sql } from 'kysely'
import { expect } from 'vitest'
import type { Chance } from '../../cloud/demo/chance.ts'
import { importPurchases } from '../../cloud/imports/import-purchases.ts'
import { plainProgramme } from './receipts.ts'
import { DAY_MS, type Shop } from './segment-shop.ts'

const ENROLLED = 8
/** With a gift that welcomes, as presets ask for. */
export const historyProgramme = {
  ...plainProgramme,
  gifts: [{ id: 'hello', kind: 'welcome', gift: { points: '10.00', lifeDays: 30 } }],
}

/** A shop with a past: receipts of a former system on many days, and what tills and the office do beside. */
export class History {
  readonly shop: Shop
  readonly folder: string
  private readonly chance: Chance
  private imported = 0

  constructor(shop: Shop, folder: string, chance: Chance) {
    this.shop = shop
    this.folder = folder
    this.chance = chance
  }

  private get member(): string {
    return `m${this.chance.between(1, ENROLLED)}`
  }

  /** Receipts of a former system, many of them on the days on which windows begin. */
  async bring(count: number, members: number): Promise<void> {
    const { chance, shop } = this
    const lines = Array.from({ length: count }, () => {
      const ago = chance.chance(0.3) ? chance.pick([0, 1, 7, 30, 60, 90, 91, 100]) : chance.between(0, 400)
      const at = Math.min(shop.now, shop.now - ago * DAY_MS + chance.between(-12, 12) * 3_600_000)
      const amount = chance.between(1, 90_000) / 100
      const cost = chance.chance(0.7) ? (amount / 2).toFixed(2) : ''
      const isReturn = chance.chance(0.08)
      const [qty, sum, costs] = isReturn ? [-1, -amount, cost && `-${cost}`] : [1, amount, cost]
      const rare = chance.chance(0.15) ? `q${chance.between(1, 20)}` : `p${chance.between(1, members)}`
      const member = chance.chance(0.2) ? this.member : rare
      const points = isReturn || chance.chance(0.8) ? ',' : `${(amount / 10).toFixed(2)},${(amount / 20).toFixed(2)}`
      return `${++this.imported},${member},B,${new Date(at).toISOString()},cap,Cap,drinks,${qty},${sum.toFixed(2)},${costs},${points}`
    })
    const file = join(this.folder, `${this.imported}.csv`)
    await writeFile(
      file,
      `receipt_id,member_id,outlet,at,sku,name,category,qty,amount,cost,redeemed,earned\n${lines.join('\n')}\n`,
    )
    expect((await importPurchases(shop.cloud.cloud, { file, mapping: {} })).rejected).toBe(0)
  }

  async enrolAll(): Promise<void> {
    for (let member = 1; member <= ENROLLED; member++) await this.shop.enrol(`m${member}`)
  }

  async step(): Promise<void> {
    const { shop, chance } = this
    const { sold } = shop
    await chance.pick<() => Promise<unknown>>([
      () => shop.buy(this.member, BigInt(chance.between(1, 900) * 100)),
      () => shop.buy(this.member, BigInt(chance.between(1, 900) * 100)),
      async () => void (sold.length > 0 && (await shop.takeBack(chance.pick(sold)))),
      () => this.bring(10, 20),
      () => shop.days(chance.pick([0.3, 1, 6, 29])),
      () => shop.cloud.admin('POST', 'merges', { from: this.member, into: this.member, reason: 'one person' }),
      () => shop.cloud.admin('POST', `members/p${chance.between(1, 20)}/erase`),
      () => this.welcome(),
      () => this.giveFree(),
    ])()
  }

  /** Some receipts of the past had a product for nothing. */
  giveFree() {
    return sql`
      insert into receipt_reward (tenant, outlet, receipt, place, purse, kind, money, points)
      select tenant, outlet, receipt, 0, 'coupon:cake', 'freeItem', 100, 0 from receipt
      order by md5(receipt || ${String(this.chance.next())}) limit 8
      on conflict do nothing`.execute(this.shop.cloud.db)
  }

  private welcome() {
    const day = new Date(this.shop.now - this.chance.between(0, 40) * DAY_MS).toISOString().slice(0, 10)
    return sql`
      insert into given (tenant, member, rule, occasion, day)
      values ('main', ${this.chance.chance(0.5) ? this.member : `p${this.chance.between(1, 20)}`}, 'hello', 'once', ${day}::date)
      on conflict do nothing`.execute(this.shop.cloud.db)
  }
}
