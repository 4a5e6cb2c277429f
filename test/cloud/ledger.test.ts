import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { demoCards } from '../../cloud/demo/cards.ts'
import { seedDemo } from '../../cloud/demo/seed.ts'
import { formatHundredths } from '../../shared/money.ts'
import { type Body, type TestCloud, TestTill, testCloud } from './rig.ts'

/** Looks at the café of the demo as its tables are: some thousand entries on the real path. */

let cloud: TestCloud
const clock = () => new Date('2026-11-18T12:34:56Z')
beforeAll(async () => {
  cloud = await testCloud({ clock, turnDays: false })
  await seedDemo(cloud.cloud, clock, 7)
})
afterAll(() => cloud.close())

const rows = async <T>(query: ReturnType<typeof sql<T>>) => (await query.execute(cloud.db)).rows

describe('after the café was seeded', () => {
  test('every entry is applied', async () => {
    const kinds = await rows(sql<{ kind: string; n: bigint }>`
      select kind, count(*) as n from entry where disposition->>'kind' = 'applied' group by kind`)
    const counts = Object.fromEntries(kinds.map(({ kind, n }) => [kind, Number(n)]))
    expect(counts).toMatchObject({ enrol: 200, shift: expect.any(Number), member: 1 })
    expect(counts.sale).toBeGreaterThan(1500)
    expect(await rows(sql`select * from quarantine`)).toEqual([])
  })

  test('a balance is the sum of the entries, and of its lots', async () => {
    const differing = await rows(sql`
      with booked as (select body::json->'body' as body, kind from entry), moved as (
        select body->'member'->>'id' as member, p->>'purse' as purse,
          (p->>'points')::numeric * case p->>'kind' when 'earn' then 100 else -100 end as points
        from booked, json_array_elements(body->'postings') p where kind = 'sale'
        union all
        select body->>'member', body->>'purse',
          (body->>'points')::numeric * case kind when 'gift' then 100 else -100 end
        from booked where kind in ('gift', 'expire')
      ), posted as (select member, purse, sum(points) as points from moved group by 1, 2),
      lots as (select member, purse, sum(remaining) as points from lot group by 1, 2)
      select a.member, a.purse, a.posted, p.points, l.points from account a
      left join posted p using (member, purse) left join lots l using (member, purse)
      where a.posted <> coalesce(p.points, 0) or greatest(a.posted, 0) <> coalesce(l.points, 0)`)
    expect(differing).toEqual([])
    const [sum] = await rows(sql<{ n: bigint }>`select count(*) as n from account where posted > 0`)
    expect(Number(sum!.n)).toBeGreaterThan(100)
  })

  test('streams are gapless and chained', async () => {
    const broken = await rows(sql`
      select device, seq from (
        select device, epoch, seq, body::json->>'prev' as prev,
          lag(hash, 1, repeat('0', 64)) over w as expected, row_number() over w as place
        from entry window w as (partition by device, epoch order by seq)
      ) e where seq <> place or prev <> expected`)
    expect(broken).toEqual([])
  })

  test('seeding again changes nothing and tells the same cards', async () => {
    const before = await rows(sql`select count(*) from entry`)
    const cards = await seedDemo(cloud.cloud, clock, 99)
    expect(await rows(sql`select count(*) from entry`)).toEqual(before)
    expect(cards).toEqual(await demoCards(cloud.cloud))
    expect(cards.map((card) => card.what.split(':')[0])).toEqual([
      'gold',
      'silver',
      'standard',
      'birthday today',
      'blocked',
    ])
  })

  test('the same seed and clock tell the same story', async () => {
    const other = await testCloud({ clock, turnDays: false })
    await seedDemo(other.cloud, clock, 7)
    const story = sql`select device, seq, hash from entry where device like 'history-%' order by 1, 2`
    expect((await story.execute(other.db)).rows).toEqual((await story.execute(cloud.db)).rows)
    await other.close()
  })

  test('a till that pulls sees what the admin sees', async () => {
    const till = await TestTill.enrolled(cloud)
    const pulled = await till.pullAll(500)
    const cards = [...pulled].filter(([key]) => key.startsWith('card ')).map(([, row]) => row as Body)
    expect(cards).toHaveLength(200)
    const accounts = await rows(sql<{ member: string; purse: string; posted: bigint }>`
      select a.member, a.purse, (a.posted - coalesce(sum(l.remaining) filter (where l.active_from > '2026-11-18'), 0))::bigint
        as posted
      from account a left join lot l using (tenant, member, purse) group by a.tenant, a.member, a.purse, a.posted`)
    expect(new Set(accounts.map((account) => account.purse))).toEqual(new Set(['points', 'stamp:coffee']))
    for (const { member, purse, posted } of accounts) {
      expect(pulled.get(`balance ${member}\n${purse}`).balance).toBe(formatHundredths(posted))
    }
    const members = [...pulled].filter(([key]) => key.startsWith('member ')).map(([, row]) => row as Body)
    expect(new Set(members.map((member) => member.tier))).toEqual(new Set(['guest', 'regular', 'family']))
    expect(members.every((member) => member.progress !== undefined)).toBe(true)
    expect(pulled.get('staff anna')).toMatchObject({ role: 'manager' })
    expect(pulled.get('programme corner-cafe').document.rules.client).toHaveLength(7)
  })
})

describe('the tables', () => {
  test('have the tenant at the head of every key and index', async () => {
    const keys = await rows(sql<{ table: string; index: string; first: string }>`
      select t.relname as table, i.relname as index, a.attname as first
      from pg_index x join pg_class i on i.oid = x.indexrelid join pg_class t on t.oid = x.indrelid
      join pg_namespace n on n.oid = t.relnamespace
      join pg_attribute a on a.attrelid = t.oid and a.attnum = x.indkey[0]
      where n.nspname = 'public' and t.relname <> 'schema_migration'`)
    expect(keys.length).toBeGreaterThan(20)
    expect(keys.filter((key) => key.first !== 'tenant')).toEqual([])
    const tables = await rows(sql<{ name: string }>`
      select relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where n.nspname = 'public' and c.relkind = 'r' and relname <> 'schema_migration'
        and not exists (select 1 from pg_index x where x.indrelid = c.oid and x.indisprimary)`)
    expect(tables).toEqual([])
  })

  test('have nothing that cannot be distributed: no triggers, sequences, rules or foreign keys', async () => {
    expect(await rows(sql`select tgname from pg_trigger where not tgisinternal`)).toEqual([])
    expect(await rows(sql`select sequencename from pg_sequences where schemaname = 'public'`)).toEqual([])
    expect(await rows(sql`select conname from pg_constraint where contype in ('f', 'x', 't')`)).toEqual([])
  })

  test('hold no personal data in the clear', async () => {
    const tables = await rows(
      sql<{ name: string }>`select tablename as name from pg_tables where schemaname = 'public'`,
    )
    const people = [...(await TestTill.enrolled(cloud).then((till) => till.pullAll()))]
      .filter(([key]) => key.startsWith('member '))
      .map(([, row]) => row as Body)
    expect(people).toHaveLength(200)
    for (const { name: table } of tables.filter(({ name }) => name !== 'staff')) {
      const [dump] = await rows(sql<{ text: string }>`
        select coalesce(string_agg(encode(convert_to(t::text, 'UTF8'), 'hex'), ' '), '') as text from ${sql.table(table)} t`)
      const text = Buffer.from(dump!.text.replaceAll(' ', ''), 'hex').toString('utf8')
      for (const { name, phone, birthDate } of people) {
        expect([table, name, text.includes(name)]).toEqual([table, name, false])
        expect([table, phone, text.includes(phone.slice(1))]).toEqual([table, phone, false])
        if (birthDate !== null) expect([table, birthDate, text.includes(birthDate)]).toEqual([table, birthDate, false])
      }
    }
  })
})
