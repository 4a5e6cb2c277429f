import { randomBytes } from 'node:crypto'
import { sql } from 'kysely'
import type { MemberId, TenantId } from '../../shared/ids.ts'
import type { ConsentToSave, ProfileToSave } from '../../shared/intake/port.ts'
import { type Profile, profile as profileSchema } from '../../shared/ledger/entry.ts'
import type { Db, Tx } from '../database/connect.ts'
import type { Keys } from '../secrets/keys.ts'
import { seal, unseal } from '../secrets/seal.ts'
import { normalPhone } from './phones.ts'
import { saveTraits } from './traits.ts'

/**
 * The only place that sees personal data in the clear. Each member's profile is sealed with a key of their own, which is
 * itself wrapped by the master key: without the row in `member_key` nobody reads the profile again.
 */
const KEY_BYTES = 32

export async function saveProfiles(
  tx: Tx,
  tenant: TenantId,
  keys: Keys,
  profiles: readonly ProfileToSave[],
): Promise<void> {
  if (profiles.length === 0) return
  const known = await memberKeys(
    tx,
    tenant,
    keys,
    profiles.map((item) => item.member),
  )
  const fresh = profiles.filter((item) => !known.has(item.member))
  for (const { member } of fresh) known.set(member, randomBytes(KEY_BYTES))
  if (fresh.length > 0) {
    const wrapped = fresh.map(({ member }) => seal(keys.wrapping, known.get(member)!, context('key', tenant, member)))
    await sql`
      insert into member_key (tenant, member, wrapped)
      select ${tenant}, u.* from unnest(${fresh.map((item) => item.member)}::text[], ${wrapped}::bytea[]) as u (member, wrapped)`.execute(
      tx,
    )
  }
  const sealed = profiles.map(({ member, profile }) =>
    seal(known.get(member)!, Buffer.from(JSON.stringify(profile)), context('profile', tenant, member)),
  )
  const members = profiles.map((item) => item.member)
  await sql`
    insert into profile (tenant, member, sealed)
    select ${tenant}, u.* from unnest(${members}::text[], ${sealed}::bytea[]) as u (member, sealed)
    on conflict (tenant, member) do update set sealed = excluded.sealed`.execute(tx)
  await savePhones(tx, tenant, keys, profiles)
  await saveBirthdays(tx, tenant, keys, profiles)
  await saveTraits(tx, tenant, keys, profiles)
}

/** Whose birthday a day is can be asked of these; profiles from before there were birthday gifts get theirs later. */
export async function saveBirthdays(
  tx: Tx,
  tenant: TenantId,
  keys: Keys,
  profiles: readonly ProfileToSave[],
): Promise<void> {
  const members = profiles.map((item) => item.member)
  await sql`delete from birthday where tenant = ${tenant} and member = any(${members}::text[])`.execute(tx)
  const born = profiles.flatMap(({ member, profile: { birthDate } }) =>
    birthDate === undefined ? [] : [{ member, mark: keys.birthdayMark(birthDate.slice(5)) }],
  )
  if (born.length === 0) return
  await sql`
    insert into birthday (tenant, member, mark)
    select ${tenant}, u.* from unnest(${born.map((b) => b.member)}::text[], ${born.map((b) => b.mark)}::text[]) as u (member, mark)`.execute(
    tx,
  )
}

export async function saveConsents(tx: Tx, tenant: TenantId, consents: readonly ConsentToSave[]): Promise<void> {
  if (consents.length === 0) return
  await sql`
    insert into consent (tenant, member, personal_data, messages)
    select ${tenant}, u.* from unnest(
      ${consents.map((item) => item.member)}::text[], ${consents.map((item) => item.consent.personalData)}::boolean[],
      ${consents.map((item) => item.consent.messages)}::boolean[]
    ) as u (member, personal_data, messages)
    on conflict (tenant, member) do update set personal_data = excluded.personal_data, messages = excluded.messages`.execute(
    tx,
  )
}

async function savePhones(tx: Tx, tenant: TenantId, keys: Keys, profiles: readonly ProfileToSave[]): Promise<void> {
  const members = profiles.map((item) => item.member)
  await sql`delete from phone where tenant = ${tenant} and member = any(${members}::text[])`.execute(tx)
  const phones = profiles.flatMap(({ member, profile }) => {
    const phone = profile.phone === undefined ? undefined : normalPhone(profile.phone)
    return phone === undefined ? [] : [{ member, hash: keys.phoneHash(phone) }]
  })
  if (phones.length === 0) return
  await sql`
    insert into phone (tenant, phone_hash, member)
    select ${tenant}, u.* from unnest(${phones.map((p) => p.hash)}::text[], ${phones.map((p) => p.member)}::text[]) as u (phone_hash, member)
    on conflict do nothing`.execute(tx)
}

/** The profiles of some members; one whose key is gone is gone as well. */
export async function readProfiles(
  db: Db | Tx,
  tenant: TenantId,
  keys: Keys,
  members: readonly string[],
): Promise<Map<string, Profile>> {
  const profiles = new Map<string, Profile>()
  if (members.length === 0) return profiles
  const rows = await db
    .selectFrom('profile')
    .innerJoin('member_key', (join) =>
      join.onRef('member_key.tenant', '=', 'profile.tenant').onRef('member_key.member', '=', 'profile.member'),
    )
    .select(['profile.member', 'profile.sealed', 'member_key.wrapped'])
    .where('profile.tenant', '=', tenant)
    .where(sql<boolean>`profile.member = any(${members}::text[])`)
    .execute()
  for (const { member, sealed, wrapped } of rows) {
    const key = unseal(keys.wrapping, wrapped, context('key', tenant, member))
    const plain = unseal(key, sealed, context('profile', tenant, member)).toString('utf8')
    profiles.set(member, profileSchema.parse(JSON.parse(plain)))
  }
  return profiles
}

export async function membersByPhone(db: Db, tenant: TenantId, keys: Keys, typed: string): Promise<MemberId[]> {
  const phone = normalPhone(typed)
  if (phone === undefined) return []
  const rows = await db
    .selectFrom('phone')
    .select('member')
    .where('tenant', '=', tenant)
    .where('phone_hash', '=', keys.phoneHash(phone))
    .orderBy('member')
    .execute()
  return rows.map((row) => row.member as MemberId)
}

async function memberKeys(
  tx: Tx,
  tenant: TenantId,
  keys: Keys,
  members: readonly string[],
): Promise<Map<string, Buffer>> {
  const rows = await tx
    .selectFrom('member_key')
    .select(['member', 'wrapped'])
    .where('tenant', '=', tenant)
    .where(sql<boolean>`member = any(${members}::text[])`)
    .execute()
  return new Map(
    rows.map(({ member, wrapped }) => [member, unseal(keys.wrapping, wrapped, context('key', tenant, member))]),
  )
}

const context = (what: string, tenant: string, member: string) => `bonusbook/${what}/1\n${tenant}\n${member}`
