import { sql } from 'kysely'
import { afterEach } from 'vitest'
import { runCampaigns } from '../../cloud/campaigns/run.ts'
import { saveCampaign, setCampaignState } from '../../cloud/campaigns/store.ts'
import type { StartOptions } from '../../cloud/start.ts'
import { reanimation } from '../../shared/campaigns/preset.ts'
import type { Profile } from '../../shared/ledger/entry.ts'
import { plusDays } from '../../shared/ledger/rules.ts'
import type { ProgrammeDocument } from '../../shared/programme/schema.ts'
import { plainProgramme, type SaleOf, saleBody } from './receipts.ts'
import { type Body, enrolment, type TestCloud, TestTill, testCloud } from './rig.ts'

/** A shop whose campaigns are lived through day by day, on a real PostgreSQL. */

export const START = Date.parse('2026-01-05T09:00:00Z')
export const DAY_MS = 86_400_000
export const [onePurchase, fewPurchases] = reanimation()
/** No control group: whom a campaign touches is then known. */
export const all = { ...onePurchase!, controlPercent: '0' }
/** A day counted from the start. */
export const day = (count: number) => plusDays('2026-01-05', count)

const clouds: TestCloud[] = []
afterEach(async () => {
  for (const cloud of clouds.splice(0)) await cloud.close()
})

export class Shop {
  now = START
  cloud!: TestCloud
  till!: TestTill
  /** What the till has been told so far. */
  readonly told = new Map<string, Body>()
  private document = plainProgramme
  private receipts = 0

  static async open<S extends Shop>(
    this: new () => S,
    document: ProgrammeDocument = plainProgramme,
    options: StartOptions = {},
  ): Promise<S> {
    const shop = new this()
    shop.document = document
    shop.cloud = await testCloud({ clock: () => new Date(shop.now), turnDays: false, ...options })
    clouds.push(shop.cloud)
    await shop.cloud.admin('POST', 'programmes', document)
    shop.till = await TestTill.enrolled(shop.cloud, 'A', '1')
    return shop
  }

  get today(): string {
    return new Date(this.now).toISOString().slice(0, 10)
  }

  /** The morning of a day counted from the start, before the shop opens. */
  async morning(day: number): Promise<void> {
    this.now = START + day * DAY_MS
    await this.till.open()
    await runCampaigns(this.cloud.cloud)
  }

  async enrol(...members: string[]): Promise<void> {
    for (const member of members) await this.enrolAs(member)
  }

  async enrolAs(member: string, profile?: Profile, cardType?: string): Promise<void> {
    const at = new Date(this.now).toISOString()
    const body = enrolment(member, `c-${member}`, profile, cardType)
    await this.till.push([this.till.write(body, { at, ...(profile === undefined ? {} : { profile }) })])
  }

  async buys(member: string, amount = 90_000n): Promise<void> {
    await this.buyAll([member], amount)
  }

  /** A receipt of each, in one batch. */
  async buyAll(members: readonly string[], amount = 90_000n): Promise<void> {
    const at = new Date(this.now).toISOString()
    const { document } = this
    const bodies = members.map((id) => {
      this.receipts += 1
      const member = { id, card: `c-${id}` }
      return saleBody({ receipt: `r${this.receipts}`, amount, outlet: 'A', at, member, document })
    })
    await this.till.push(bodies.map((body) => this.till.write(body, { at })))
  }

  /** A receipt with more to it: conditions of the member's own, what a coupon takes off. */
  async buysWith(
    member: string,
    more: Pick<SaleOf, 'terms' | 'rewards'>,
    amount = 90_000n,
    cost?: string,
  ): Promise<void> {
    this.receipts += 1
    const at = new Date(this.now).toISOString()
    const who = { id: member, card: `c-${member}` }
    const { document } = this
    const body = saleBody({ receipt: `r${this.receipts}`, amount, outlet: 'A', at, member: who, document, ...more })
    const lines = cost === undefined ? body.lines : body.lines.map((line) => ({ ...line, cost }))
    const used = body.rewards.map(({ id }) => ({ purse: id, kind: 'redeem' as const, points: '1.00' }))
    await this.till.push([this.till.write({ ...body, lines, postings: [...body.postings, ...used] }, { at })])
  }

  /** Many who are enrolled and have bought once. */
  async crowd(members: readonly string[]): Promise<void> {
    const at = new Date(this.now).toISOString()
    await this.till.push(members.map((member) => this.till.write(enrolment(member, `c-${member}`), { at })))
    await this.buyAll(members)
  }

  async start(document: object = all): Promise<void> {
    const { id } = (await saveCampaign(this.cloud.cloud, document)).document
    await setCampaignState(this.cloud.cloud, id, 'running')
  }

  async touches(): Promise<string[]> {
    const rows = await this.cloud.cloud.db
      .selectFrom('campaign_touch')
      .select(['campaign', 'member', 'touch', 'day', 'outcome'])
      .orderBy('day')
      .orderBy('member')
      .execute()
    return rows.map(({ member, touch, day, outcome }) => `${day} ${member} ${touch} ${outcome}`)
  }

  async gifts(): Promise<{ points: string; lastDay: string }[]> {
    const { rows } = await sql<{ points: string; lastDay: string }>`
      select body::json->'body'->>'points' as points, body::json->'body'->>'lastDay' as "lastDay" from entry
      where device = 'cloud' and kind = 'gift' order by seq`.execute(this.cloud.cloud.db)
    return rows
  }
}
