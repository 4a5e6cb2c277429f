import { sql } from 'kysely'
import type { CardNumber, MemberId } from '../../shared/ids.ts'
import type { Cloud } from '../cloud.ts'
import { membersByPhone } from './profiles.ts'

export type MemberName = { readonly card: CardNumber } | { readonly phone: string } | { readonly member: MemberId }

const FOUND_MAX = 10

/** The members that a card, a phone or an id stands for; merges are followed. A family may share one phone. */
export async function findMembers(cloud: Cloud, name: MemberName): Promise<MemberId[]> {
  if ('phone' in name) return byPhone(cloud, name.phone)
  const member = 'card' in name ? await holderOf(cloud, name.card) : name.member
  return member === undefined ? [] : existing(cloud, member)
}

/** Whom somebody asks to see or to have forgotten: also who never enrolled, and stands on receipts of a former system alone. */
export async function findPeople(cloud: Cloud, name: MemberName): Promise<MemberId[]> {
  const found = await findMembers(cloud, name)
  return found.length > 0 || !('member' in name) || !(await isOnReceipts(cloud, name.member)) ? found : [name.member]
}

/** Or was, until they were forgotten: to be asked for it twice is no mistake. */
async function isOnReceipts({ db, tenant }: Cloud, member: MemberId): Promise<boolean> {
  const { rows } = await sql<{ known: boolean }>`
    select exists (select from receipt where tenant = ${tenant} and member = ${member})
      or exists (select from erased_member where tenant = ${tenant} and member = ${member}) as known`.execute(db)
  return rows[0]!.known
}

/** Whoever was merged into another stays known by their phone: it is the other's now. */
async function byPhone(cloud: Cloud, phone: string): Promise<MemberId[]> {
  const found = new Set<MemberId>()
  for (const name of (await membersByPhone(cloud.db, cloud.tenant, cloud.keys, phone)).slice(0, FOUND_MAX)) {
    found.add((await existing(cloud, name)).at(-1) ?? name)
  }
  return [...found].sort()
}

async function holderOf(cloud: Cloud, card: CardNumber): Promise<MemberId | undefined> {
  const row = await cloud.db
    .selectFrom('card')
    .select('member')
    .where('tenant', '=', cloud.tenant)
    .where('number', '=', card)
    .executeTakeFirst()
  return row?.member as MemberId | undefined
}

async function existing(cloud: Cloud, member: MemberId): Promise<MemberId[]> {
  const found = new Set<MemberId>()
  for (let id: string | null = member; id !== null && !found.has(id as MemberId); ) {
    const row: { merged_into: string | null } | undefined = await cloud.db
      .selectFrom('member')
      .select('merged_into')
      .where('tenant', '=', cloud.tenant)
      .where('member', '=', id)
      .executeTakeFirst()
    if (row === undefined) break
    found.add(id as MemberId)
    id = row.merged_into
  }
  return [...found]
}
