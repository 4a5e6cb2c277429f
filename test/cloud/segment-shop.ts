import { afterEach } from 'vitest'
import { bringFactsUp } from '../../cloud/facts/keep.ts'
import type { SaleBody } from '../../shared/ledger/entry.ts'
import { plainProgramme, refundBody, saleBody } from './receipts.ts'
import { enrolment, type TestCloud, TestTill, testCloud } from './rig.ts'

export const DAY_MS = 86_400_000
const clouds: TestCloud[] = []
afterEach(async () => {
  for (const cloud of clouds.splice(0)) await cloud.close()
})

/** A shop whose members buy, and who looks at them in segments. */
export class Shop {
  now = Date.parse('2026-03-02T09:00:00Z')
  cloud!: TestCloud
  till!: TestTill
  readonly sold: SaleBody[] = []

  static async open(): Promise<Shop> {
    const shop = new Shop()
    shop.cloud = await testCloud({ clock: () => new Date(shop.now), turnDays: false })
    clouds.push(shop.cloud)
    await shop.cloud.admin('POST', 'programmes', plainProgramme)
    shop.till = await TestTill.enrolled(shop.cloud)
    return shop
  }

  at = () => new Date(this.now).toISOString()

  async enrol(member: string, profile?: Parameters<typeof enrolment>[2]): Promise<void> {
    const written = this.till.write(enrolment(member, `c-${member}`, profile), {
      at: this.at(),
      ...(profile === undefined ? {} : { profile }),
    })
    await this.till.push([written])
  }

  async buy(member: string, amount = 10_000n): Promise<void> {
    const body = saleBody({
      receipt: `r${this.sold.length + 1}`,
      amount,
      at: this.at(),
      member: { id: member, card: `c-${member}` },
    })
    this.sold.push(body)
    await this.till.push([this.till.write(body, { at: this.at() })])
  }

  async takeBack(body: SaleBody): Promise<void> {
    await this.till.push([this.till.write(refundBody(body), { at: this.at() })])
  }

  async days(count: number): Promise<void> {
    this.now += count * DAY_MS
    await this.till.open()
    await bringFactsUp(this.cloud.cloud)
  }

  async members(segment: string): Promise<string[]> {
    await bringFactsUp(this.cloud.cloud)
    const reply = await this.cloud.admin('GET', `segments/${segment}/members`)
    return reply.body.members.map((row: { member: string }) => row.member)
  }

  async listed(segment: string) {
    const reply = await this.cloud.admin('GET', 'segments')
    return reply.body.segments.find((row: { segment: string }) => row.segment === segment)
  }

  async moves(member: string) {
    const { body } = await this.cloud.admin('GET', `members/${member}/export`)
    return body.moves.map(({ from, to }: { from: string | null; to: string | null }) => [from, to])
  }
}
