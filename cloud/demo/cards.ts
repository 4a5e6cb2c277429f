import { sql } from 'kysely'
import { dayOf, daysToBirthday } from '../../shared/calendar.ts'
import type { MemberId } from '../../shared/ids.ts'
import { parseHundredths } from '../../shared/money.ts'
import type { Cloud } from '../cloud.ts'
import { programmeDay } from '../feed/rows.ts'
import { balancesOf } from '../members/balances.ts'
import { readProfiles } from '../members/profiles.ts'

/** A card worth trying, and why. */
export interface DemoCard {
  readonly number: string
  readonly what: string
}

/** Cards to show the café with, as they stand today. */
export async function demoCards(cloud: Cloud): Promise<DemoCard[]> {
  const found = await sql<{ number: string; member: MemberId; type: string; state: string; posted: bigint }>`
    select c.number, c.member, c.type, c.state, coalesce(a.posted, 0) as posted
    from card c left join account a on a.tenant = c.tenant and a.member = c.member and a.purse = 'points'
    where c.tenant = ${cloud.tenant} order by posted desc, c.number`.execute(cloud.db)
  const cards = found.rows
  const active = cards.filter((card) => card.state === 'active')
  const today = dayOf(await programmeDay(cloud, cloud.db))
  const profiles = await readProfiles(
    cloud.db,
    cloud.tenant,
    cloud.keys,
    cards.map((card) => card.member),
  )
  const hasBirthday = ({ member }: { member: MemberId }) => {
    const birthDate = profiles.get(member)?.birthDate
    return birthDate !== undefined && daysToBirthday(dayOf(birthDate), today) === 0
  }
  const picks: [string, (typeof cards)[number] | undefined][] = [
    ['gold', active.find((card) => card.type === 'gold')],
    ['silver', active.find((card) => card.type === 'silver')],
    ['standard', active.find((card) => card.type === 'standard')],
    ['birthday today', active.find(hasBirthday)],
    ['blocked', cards.find((card) => card.state === 'blocked')],
  ]
  const lines: DemoCard[] = []
  for (const [what, card] of picks) {
    if (card === undefined) continue
    const figures = (await balancesOf(cloud, card.member)).find((row) => row.purse === 'points')
    const balance =
      figures === undefined || parseHundredths(figures.balance) === 0n ? 'no points' : `${figures.balance} points`
    lines.push({ number: card.number, what: `${what}: ${profiles.get(card.member)?.name ?? '?'}, ${balance}` })
  }
  return lines
}
