import { randomBytes } from 'node:crypto'
import { sql } from 'kysely'
import { z } from 'zod'
import type { TenantId } from '../../shared/ids.ts'
import type { ProfileToSave } from '../../shared/intake/port.ts'
import { firstNameOf, folded } from '../../shared/segments/folded.ts'
import { dayText } from '../../shared/wire.ts'
import type { Db, Tx } from '../database/connect.ts'
import type { Keys } from '../secrets/keys.ts'
import { seal, unseal } from '../secrets/seal.ts'
import { readProfiles } from './profiles.ts'

/**
 * What segments may ask of a person. In the clear stand only what many share: gender, year of birth, numbers; names, cities
 * and dates stand under keyed hashes, which can be compared and not read. Erasing a person removes the row.
 */
export async function saveTraits(
  tx: Tx,
  tenant: TenantId,
  keys: Keys,
  profiles: readonly ProfileToSave[],
): Promise<void> {
  if (profiles.length === 0) return
  const marked = profiles.map(({ member, profile: { gender, birthDate, name, city } }) => {
    const first = name === undefined ? null : firstNameOf(name)
    return {
      member,
      gender: gender ?? null,
      year: birthDate === undefined ? null : Number(birthDate.slice(0, 4)),
      birth: birthDate === undefined ? null : keys.birthdayMark(birthDate.slice(5)),
      name: first === null ? null : keys.traitMark('name', first),
      city: city === undefined || folded(city) === '' ? null : keys.traitMark('city', folded(city)),
    }
  })
  await sql`
    insert into member_trait (tenant, member, gender, birth_year, birth_mark, name_mark, city_mark)
    select ${tenant}, u.* from unnest(
      ${marked.map((m) => m.member)}::text[], ${marked.map((m) => m.gender)}::text[],
      ${marked.map((m) => m.year)}::integer[], ${marked.map((m) => m.birth)}::text[],
      ${marked.map((m) => m.name)}::text[], ${marked.map((m) => m.city)}::text[]
    ) as u (member, gender, birth_year, birth_mark, name_mark, city_mark)
    on conflict (tenant, member) do update set gender = excluded.gender, birth_year = excluded.birth_year,
      birth_mark = excluded.birth_mark, name_mark = excluded.name_mark, city_mark = excluded.city_mark`.execute(tx)
}

/** A person's family and whatever else the owner keeps: dates are sealed as the profile is, the rest may be asked for. */
export const extra = z.strictObject({
  children: z
    .array(z.strictObject({ birthDate: dayText.optional() }))
    .max(20)
    .optional(),
  spouse: z.strictObject({ birthDate: dayText.optional() }).nullable().optional(),
  /** Sizes, tastes, whatever is no personal datum by itself. */
  attributes: z.record(z.string().min(1).max(100), z.union([z.string().max(200), z.number(), z.boolean()])).optional(),
})
export type Extra = z.infer<typeof extra>

/** False: nobody with a key of their own is known under this name, so nothing can be sealed. */
export async function saveExtra(tx: Tx, tenant: TenantId, keys: Keys, member: string, said: Extra): Promise<void> {
  const key = await ownKey(tx, tenant, keys, member)
  const sealed = seal(key, Buffer.from(JSON.stringify(said)), context('extra', tenant, member))
  await sql`
    insert into member_extra (tenant, member, sealed) values (${tenant}, ${member}, ${sealed})
    on conflict (tenant, member) do update set sealed = excluded.sealed`.execute(tx)
  const { children, spouse, attributes = {} } = said
  const marks = (children ?? []).flatMap(({ birthDate }) =>
    birthDate === undefined ? [] : [keys.birthdayMark(birthDate.slice(5))],
  )
  const spouseMark = spouse?.birthDate === undefined ? null : keys.birthdayMark(spouse.birthDate.slice(5))
  await sql`
    insert into member_trait (tenant, member, children, child_marks, spouse, spouse_mark, attributes)
    values (${tenant}, ${member}, ${children?.length ?? null}, ${marks}::text[],
      ${spouse === undefined ? null : spouse !== null}, ${spouseMark}, ${JSON.stringify(attributes)}::jsonb)
    on conflict (tenant, member) do update set children = excluded.children, child_marks = excluded.child_marks,
      spouse = excluded.spouse, spouse_mark = excluded.spouse_mark, attributes = excluded.attributes`.execute(tx)
}

export async function readExtra(tx: Tx, tenant: TenantId, keys: Keys, member: string): Promise<Extra | null> {
  return (await readExtras(tx, tenant, keys, [member])).get(member) ?? null
}

/** Of whom something is kept. */
export async function readExtras(
  db: Db | Tx,
  tenant: TenantId,
  keys: Keys,
  members: readonly string[],
): Promise<Map<string, Extra>> {
  const rows = await db
    .selectFrom('member_extra')
    .innerJoin('member_key', (join) =>
      join
        .onRef('member_key.tenant', '=', 'member_extra.tenant')
        .onRef('member_key.member', '=', 'member_extra.member'),
    )
    .select(['member_extra.member', 'member_extra.sealed', 'member_key.wrapped'])
    .where('member_extra.tenant', '=', tenant)
    .where(sql<boolean>`member_extra.member = any(${members}::text[])`)
    .execute()
  return new Map(
    rows.map(({ member, sealed, wrapped }) => {
      const key = unseal(keys.wrapping, wrapped, context('key', tenant, member))
      return [member, extra.parse(JSON.parse(unseal(key, sealed, context('extra', tenant, member)).toString('utf8')))]
    }),
  )
}

async function ownKey(tx: Tx, tenant: TenantId, keys: Keys, member: string): Promise<Buffer> {
  const fresh = randomBytes(32)
  await tx
    .insertInto('member_key')
    .values({ tenant, member, wrapped: seal(keys.wrapping, fresh, context('key', tenant, member)) })
    .onConflict((conflict) => conflict.columns(['tenant', 'member']).doNothing())
    .execute()
  const { wrapped } = await tx
    .selectFrom('member_key')
    .select('wrapped')
    .where('tenant', '=', tenant)
    .where('member', '=', member)
    .executeTakeFirstOrThrow()
  return unseal(keys.wrapping, wrapped, context('key', tenant, member))
}

const context = (what: string, tenant: string, member: string) => `bonusbook/${what}/1\n${tenant}\n${member}`

const PAGE_MEMBERS = 1000

/** Profiles from before there were traits get theirs. */
export async function fillTraits(tx: Tx, tenant: TenantId, keys: Keys): Promise<void> {
  for (let after = ''; ; ) {
    const { rows } = await sql<{ member: string }>`
      select p.member from profile p
      where p.tenant = ${tenant} and p.member > ${after} and not exists (
        select from member_trait t where t.tenant = ${tenant} and t.member = p.member)
      order by p.member limit ${PAGE_MEMBERS}`.execute(tx)
    if (rows.length === 0) return
    const members = rows.map((row) => row.member)
    const profiles = await readProfiles(tx, tenant, keys, members)
    await saveTraits(
      tx,
      tenant,
      keys,
      [...profiles].map(([member, profile]) => ({ member: member as ProfileToSave['member'], profile })),
    )
    after = members.at(-1)!
  }
}
