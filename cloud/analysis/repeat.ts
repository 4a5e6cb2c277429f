import { sql } from 'kysely'
import { inHandfuls } from '../database/cursor.ts'
import { type Asked, ageOf, bought, type Report, seen } from './asked.ts'

/**
 * Who came again within so many days of the first purchase, of those whose first purchase is at least as old: everybody
 * had the whole time.
 */
export const repeat: Report<'repeat'> = async (asked, { days }) => {
  const { rows } = await sql<{ eligible: number; repeated: number }>`
    select count(*)::integer as eligible, (count(*) filter (where s.again <= ${days}::integer))::integer as repeated
    from (${firstAndSecond(asked)}) s where s.age >= ${days}::integer`.execute(asked.tx)
  const { eligible, repeated } = rows[0]!
  if (asked.members !== undefined) await tellMembers(asked, days)
  return { at: asked.moment.shown, days, eligible, repeated, share: eligible === 0 ? null : repeated / eligible }
}

/** Days since the first purchase day, and from it to the second. */
const firstAndSecond = (asked: Asked) => (asked.facts === null ? fromReceipts(asked) : fromFacts(asked))

const fromFacts = (asked: Asked) => sql`
  select f.member, ${ageOf(asked, sql`f.days[1]`)} as age, f.days[2] - f.days[1] as again
  from member_fact f where f.tenant = ${asked.tenant} and f.purchases > 0`

const fromReceipts = (asked: Asked) => sql`
  select d.member, ${ageOf(asked, sql`min(d.day)`)} as age, min(d.day) filter (where d.place = 2) - min(d.day) as again
  from (
    select r.member, r.day, row_number() over (partition by r.member order by r.day) as place
    from (select distinct r.member, r.day from receipt r where ${seen(asked)} and ${bought(asked)}) r
  ) d where d.place <= 2 group by d.member`

async function tellMembers(asked: Asked, days: number): Promise<void> {
  asked.members!.columns(['member_id', 'days_since_first', 'days_to_second', 'repeated'])
  const query = sql<{ member: string; age: number; again: number | null }>`
    select * from (${firstAndSecond(asked)}) s where s.age >= ${days}::integer order by s.member collate "C"`
  for await (const handful of inHandfuls(asked.tx, query)) {
    for (const { member, age, again } of handful) {
      asked.members!.row([member, age, again, again !== null && again <= days ? 1 : 0])
    }
    await asked.members!.drained()
  }
}
