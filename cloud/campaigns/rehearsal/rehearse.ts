import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { largestGift } from '../../../shared/campaigns/budget.ts'
import { ARTICLE_BUDGET, reanimation } from '../../../shared/campaigns/preset.ts'
import { upliftOf } from '../../../shared/campaigns/uplift.ts'
import { tenantId } from '../../../shared/ids.ts'
import { walkDays } from '../../ledger/day-walk.ts'
import { type OpenCloud, openCloud } from '../../open.ts'
import type { TouchRow } from '../chains.ts'
import { runCampaigns } from '../run.ts'
import { saveCampaign, setCampaignState } from '../store.ts'
import { type ExpectedTouch, expectedTouches } from './expected.ts'
import { ledgerDifference } from './ledger.ts'
import { type Customer, type Life, lives, makeCustomers, newLife } from './model.ts'
import { dayText, hourOf, RehearsalShop, rehearsalProgramme } from './shop.ts'

/**
 * The preset reanimation over simulated customers: the real cloud on a database of its own, with a clock that a rehearsal
 * moves, day by day. What should happen is worked out beside it from the visits alone. Source: DESIGN 18.
 */
export interface Rehearsal {
  readonly members: number
  readonly days: number
  readonly touches: Readonly<Record<string, TouchCounts>>
  readonly budget: { readonly cap: number; readonly largestGift: number }
  /** Members who buy within 14 days after their first due touch ÷ members with one due. */
  readonly conversion: number
  readonly uplift: { readonly estimate: number; readonly low: number; readonly high: number; readonly model: number }
  readonly ledgerDifference: number
}

interface TouchCounts {
  due: number
  sent: number
  early: number
  late: number
  twice: number
}

export interface Rehearsing {
  readonly seed: number
  readonly members: number
  readonly days: number
  readonly told?: (day: number) => void
}

const MORNING = 6
const CONVERSION_DAYS = 14
/** Half of all members, so that both groups are large enough to tell something. */
const CONTROL_PERCENT = '50'

export async function rehearse(wanted: Rehearsing): Promise<Rehearsal> {
  const folder = await mkdtemp(join(tmpdir(), 'bonusbook-rehearsal-'))
  let now = hourOf(0, 0)
  const cloud = await openCloud({
    dataFolder: folder,
    embedded: { fsync: false },
    tenant: tenantId.parse('rehearsal'),
    clock: () => new Date(now),
    connections: 4,
    troublesTo: (what, error) => process.stderr.write(`${what}: ${error}\n`),
  })
  try {
    return await new Story(cloud, wanted, (to) => (now = to)).tell()
  } finally {
    await cloud.close()
    await rm(folder, { recursive: true, force: true })
  }
}

interface Made {
  readonly campaign: string
  readonly member: string
  readonly anchor: string
  readonly touch: string
  readonly day: string
  readonly outcome: TouchRow['outcome']
  readonly lastDay: string | null
}

class Story {
  private readonly cloud: OpenCloud
  private readonly wanted: Rehearsing
  private readonly setClock: (to: ReturnType<typeof hourOf>) => void
  private readonly customers: readonly Customer[]
  private readonly lives: Map<string, Life>
  private readonly campaigns = reanimation().map((document) => ({ ...document, controlPercent: CONTROL_PERCENT }))

  constructor(cloud: OpenCloud, wanted: Rehearsing, setClock: Story['setClock']) {
    this.cloud = cloud
    this.wanted = wanted
    this.setClock = setClock
    this.customers = makeCustomers(wanted.seed, wanted.members, wanted.days)
    this.lives = new Map(this.customers.map(({ member }) => [member, newLife()]))
  }

  async tell(): Promise<Rehearsal> {
    const { cloud, wanted } = this
    await cloud.programmes.publish(rehearsalProgramme)
    for (const document of this.campaigns) {
      await saveCampaign(cloud, document)
      await setCampaignState(cloud, document.id, 'running')
    }
    const shop = new RehearsalShop(cloud, wanted.seed)
    for (let day = 0; day < wanted.days; day++) {
      this.setClock(hourOf(day, MORNING))
      await walkDays(cloud)
      await runCampaigns(cloud)
      for (const { member, lastDay } of await this.madeOn(dayText(day))) {
        if (lastDay !== null) this.lives.get(member)!.giftUntil = day + daysBetween(dayText(day), lastDay)
      }
      this.setClock(hourOf(day, 12))
      await shop.sell(
        day,
        this.customers.filter((customer) => this.comes(customer, day)),
      )
      wanted.told?.(day)
    }
    return this.figures()
  }

  private comes(customer: Customer, day: number): boolean {
    return lives(this.wanted.seed, customer, this.lives.get(customer.member)!, day)
  }

  private async madeOn(day: string | null): Promise<Made[]> {
    const rows = this.cloud.db
      .selectFrom('campaign_touch')
      .select(['campaign', 'member', 'anchor', 'touch', 'day', 'outcome', 'last_day as lastDay'])
      .where('tenant', '=', this.cloud.tenant)
    return await (day === null ? rows : rows.where('day', '=', day)).execute()
  }

  private async figures(): Promise<Rehearsal> {
    const { cloud, wanted } = this
    const made = await this.madeOn(null)
    const expected = this.customers.flatMap((customer) =>
      expectedTouches(this.campaigns, customer, this.lives.get(customer.member)!.visits, wanted.days - 1),
    )
    const { rows } = await sql<{ most: string | null }>`
      select max((body::json->'body'->>'points')::numeric)::text as most from entry
      where tenant = ${cloud.tenant} and device = 'cloud' and kind = 'gift'`.execute(cloud.db)
    const first = firstDue(made)
    const treated = this.bought(first.filter(({ outcome }) => outcome === 'made'))
    const control = this.bought(first.filter(({ outcome }) => outcome === 'control'))
    return {
      members: wanted.members,
      days: wanted.days,
      touches: await this.counts(made, expected),
      budget: { cap: Number(largestGift(ARTICLE_BUDGET)) / 100, largestGift: Number(rows[0]!.most ?? 0) },
      conversion: share(treated),
      uplift: { ...upliftOf(treated, control), model: share(treated) - share(this.without(first)) },
      ledgerDifference: await ledgerDifference(cloud),
    }
  }

  /** How many of those bought within the days that count after their first due touch. */
  private bought(first: readonly Made[]) {
    const within = first.filter(({ member, day }) => isWithin(this.lives.get(member)!.visits, dayNumber(day)))
    return { of: first.length, bought: within.length }
  }

  /** The same for the treated in a story in which no campaign ever was. */
  private without(first: readonly Made[]) {
    const customers = new Map(this.customers.map((customer) => [customer.member, customer]))
    const treated = first.filter(({ outcome }) => outcome === 'made')
    const bought = treated.filter(({ member, day }) => {
      const life = newLife()
      for (let each = 0; each < this.wanted.days; each++) {
        lives(this.wanted.seed, customers.get(member)!, life, each)
      }
      return isWithin(life.visits, dayNumber(day))
    })
    return { of: treated.length, bought: bought.length }
  }

  private async counts(made: readonly Made[], expected: readonly ExpectedTouch[]) {
    const counts: Record<string, TouchCounts> = {}
    const of = (touch: string) => (counts[touch] ??= { due: 0, sent: 0, early: 0, late: 0, twice: 0 })
    for (const { touches } of this.campaigns) for (const { id } of touches) of(id)
    const due = new Map(
      expected.map((each) => [nameOf(each.campaign, each.member, dayText(each.anchor), each.touch), each]),
    )
    for (const { touch } of expected) of(touch).due += 1
    const sent = new Map<string, string>()
    for (const { campaign, member, anchor, touch, day, outcome } of made) {
      if (outcome !== 'made') continue
      const name = nameOf(campaign, member, anchor, touch)
      of(touch).sent += 1
      if (sent.has(name)) of(touch).twice += 1
      sent.set(name, day)
      const should = due.get(name)
      // what should not have been sent at all came too early, for ever
      if (should === undefined || day < dayText(should.due)) of(touch).early += 1
      else if (day > dayText(should.due)) of(touch).late += 1
    }
    for (const name of await this.givenTwice()) of(name).twice += 1
    return counts
  }

  /** Gifts of one name that the ledger has more than once. */
  private async givenTwice(): Promise<string[]> {
    const { rows } = await sql<{ occasion: string }>`
      select body::json->'body'->>'occasion' as occasion from entry
      where tenant = ${this.cloud.tenant} and device = 'cloud' and kind = 'gift'
      group by body::json->'body'->>'member', body::json->'body'->>'rule', body::json->'body'->>'occasion'
      having count(*) > 1`.execute(this.cloud.db)
    return rows.map(({ occasion }) => occasion.split('/')[1] ?? occasion)
  }
}

const nameOf = (campaign: string, member: string, anchor: string, touch: string) =>
  [campaign, member, anchor, touch].join('\n')
const share = ({ of, bought }: { of: number; bought: number }) => (of === 0 ? 0 : bought / of)
const dayNumber = (day: string) => daysBetween(dayText(0), day)
const daysBetween = (from: string, to: string) => Math.round((Date.parse(to) - Date.parse(from)) / 86_400_000)
const isWithin = (visits: readonly number[], day: number) =>
  visits.some((visit) => visit >= day && visit <= day + CONVERSION_DAYS)

/** Each member's first touch that was due, with consent: made, or left out for the control group. */
function firstDue(made: readonly Made[]): Made[] {
  const first = new Map<string, Made>()
  for (const each of [...made].sort((a, b) => (a.day < b.day ? -1 : 1))) {
    if ((each.outcome === 'made' || each.outcome === 'control') && !first.has(each.member)) first.set(each.member, each)
  }
  return [...first.values()]
}
