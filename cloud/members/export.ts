import { sql } from 'kysely'
import type { MemberId } from '../../shared/ids.ts'
import { formatHundredths } from '../../shared/money.ts'
import type { Cloud } from '../cloud.ts'
import { transaction } from '../database/transaction.ts'
import { bringFactsUp } from '../facts/keep.ts'
import { movesOf } from '../segments/segments.ts'
import { answersOf } from '../surveys/own.ts'
import { balancesOf } from './balances.ts'
import { bookedAbout, earlierNames, earlierSelves, treatmentOf } from './export-parts.ts'
import { readProfiles } from './profiles.ts'
import { readExtra } from './traits.ts'

/** Everything that is kept about one person, to be handed over on request. */
export async function exportPerson(cloud: Cloud, member: MemberId) {
  const { tenant, keys } = cloud
  await bringFactsUp(cloud)
  const purses = await balancesOf(cloud, member)
  return transaction(
    cloud.db,
    async (tx) => {
      const own = async <T>(what: ReturnType<typeof sql<T>>) => (await what.execute(tx)).rows
      const earlier = await earlierNames(tx, tenant, member)
      const names = [member, ...earlier]
      const [row] = await own(sql<Membership>`
        select enrolled_at, tier, terms, referred_by, points_name from member where tenant = ${tenant} and member = ${member}`)
      const [consent] = await own(sql<{ personalData: boolean; messages: boolean }>`
        select personal_data as "personalData", messages from consent where tenant = ${tenant} and member = ${member}`)
      const receipts = await own(sql<Bought>`
        select r.outlet, r.receipt, r.at, r.amount, r.redeemed, r.earned, g.skus, g.qtys, g.amounts,
          array(select o.name from unnest(g.skus) with ordinality as u (sku, n)
            left join goods o on o.tenant = ${tenant} and o.sku = u.sku order by u.n) as names
        from receipt r join receipt_goods g on g.tenant = ${tenant} and g.outlet = r.outlet and g.receipt = r.receipt
        where r.tenant = ${tenant} and r.member = ${member} order by r.at, r.outlet, r.receipt`)
      return {
        member,
        enrolledAt: row?.enrolled_at ?? null,
        tier: row?.tier ?? null,
        terms: row?.terms ?? [],
        referredBy: row?.referred_by ?? null,
        pointsName: row?.points_name ?? null,
        profile: (await readProfiles(tx, tenant, keys, [member])).get(member) ?? null,
        family: await readExtra(tx, tenant, keys, member),
        consent: consent ?? null,
        cards: await own(sql<object>`
          select number, type, state, main as "primary" from card
          where tenant = ${tenant} and member = ${member} order by number`),
        purses,
        receipts: receipts.map(receiptWords),
        events: await own(sql<object>`
          select kind, at, properties from member_event
          where tenant = ${tenant} and member = ${member} order by at, event`),
        visits: await own(sql<object>`
          select outlet, last_day as "lastDay" from visit
          where tenant = ${tenant} and member = ${member} order by outlet`),
        segments: await own(sql<object>`
          select segment, since from segment_member where tenant = ${tenant} and member = ${member} order by segment`),
        messages: await own(sql<object>`
          select campaign, touch, state, channel, made_at as "madeAt", done_at as "doneAt" from message
          where tenant = ${tenant} and member = any(${names}::text[]) order by made_at, campaign, touch`),
        surveys: await answersOf(tx, tenant, keys, member),
        tasks: (
          await own(sql<{ task: string; outcome: string; day: string; points: bigint | null }>`
            select task, outcome, day, points from task_reward
            where tenant = ${tenant} and member = ${member} order by day, task`)
        ).map(({ points, ...row }) => ({ ...row, points: points === null ? null : formatHundredths(points) })),
        moves: await movesOf(tx, tenant, member),
        ...(await treatmentOf(tx, tenant, names)),
        booked: await bookedAbout(tx, tenant, names),
        earlier: await earlierSelves(tx, tenant, keys, earlier),
      }
    },
    'repeatable read',
  )
}

interface Membership {
  readonly enrolled_at: string
  readonly tier: string | null
  readonly terms: readonly object[]
  readonly referred_by: string | null
  readonly points_name: string | null
}

interface Bought {
  readonly outlet: string
  readonly receipt: string
  readonly at: string
  readonly amount: bigint
  readonly redeemed: bigint
  readonly earned: bigint
  readonly skus: (string | null)[]
  readonly names: (string | null)[]
  readonly qtys: string[]
  readonly amounts: string[]
}

function receiptWords({ outlet, receipt, at, amount, redeemed, earned, ...goods }: Bought) {
  return {
    outlet,
    receipt,
    at,
    amount: formatHundredths(amount),
    redeemed: formatHundredths(redeemed),
    earned: formatHundredths(earned),
    lines: goods.skus.map((sku, index) => ({
      sku,
      name: goods.names[index] ?? null,
      qty: Number(goods.qtys[index]) / 1000,
      amount: formatHundredths(BigInt(goods.amounts[index]!)),
    })),
  }
}
