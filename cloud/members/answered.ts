import { randomBytes } from 'node:crypto'
import { sql } from 'kysely'
import type { TenantId } from '../../shared/ids.ts'
import type { SaidToSave } from '../../shared/intake/port.ts'
import type { Scalar } from '../../shared/segments/predicate.ts'
import type { Tx } from '../database/connect.ts'
import type { Keys } from '../secrets/keys.ts'
import { seal, unseal } from '../secrets/seal.ts'

/**
 * What members have said in their own words, sealed with their key, and what their answers have become for segments. Own
 * words and days stand among the attributes under a keyed hash, which can be compared and not read. Rules K103, K104.
 */
const context = (what: string, tenant: string, member: string) => `bonusbook/${what}/1\n${tenant}\n${member}`

export const answerMark = (keys: Pick<Keys, 'traitMark'>, attribute: string, text: string): string =>
  `mark:${keys.traitMark('answer', `${attribute}\n${text}`)}`

export async function saveSaid(tx: Tx, tenant: TenantId, keys: Keys, saids: readonly SaidToSave[]): Promise<void> {
  for (const { device, epoch, seq, member, said } of saids) {
    const sealed = seal(await ownKey(tx, tenant, keys, member), Buffer.from(said.text), context('said', tenant, member))
    await sql`
      insert into survey_said (tenant, device, epoch, seq, member, sealed)
      values (${tenant}, ${device}, ${epoch}, ${seq}, ${member}, ${sealed})
      on conflict (tenant, device, epoch, seq) do nothing`.execute(tx)
  }
}

/** Own words by the entry that said them: "entry:device/epoch/seq". */
export async function readSaid(
  tx: Tx,
  tenant: TenantId,
  keys: Keys,
  members: readonly string[],
): Promise<Map<string, string>> {
  const { rows } = await sql<{ event: string; member: string; sealed: Buffer; wrapped: Buffer }>`
    select 'entry:' || s.device || '/' || s.epoch || '/' || s.seq as event, s.member, s.sealed, k.wrapped
    from survey_said s join member_key k on k.tenant = ${tenant} and k.member = s.member
    where s.tenant = ${tenant} and s.member = any(${members}::text[])`.execute(tx)
  return new Map(
    rows.map(({ event, member, sealed, wrapped }) => {
      const key = unseal(keys.wrapping, wrapped, context('key', tenant, member))
      return [event, unseal(key, sealed, context('said', tenant, member)).toString('utf8')]
    }),
  )
}

/** Own words of a member who was merged are sealed anew with the key of the one they were merged into. */
export async function moveSaid(tx: Tx, tenant: TenantId, keys: Keys, from: string, into: string): Promise<void> {
  const words = await readSaid(tx, tenant, keys, [from])
  if (words.size === 0) return
  const key = await ownKey(tx, tenant, keys, into)
  for (const [event, text] of words) {
    const sealed = seal(key, Buffer.from(text), context('said', tenant, into))
    await sql`
      update survey_said set member = ${into}, sealed = ${sealed}
      where tenant = ${tenant} and member = ${from}
        and 'entry:' || device || '/' || epoch || '/' || seq = ${event}`.execute(tx)
  }
}

export type Attributes = Readonly<Record<string, Scalar>>

export async function saveAnswered(tx: Tx, tenant: TenantId, answered: ReadonlyMap<string, Attributes>): Promise<void> {
  if (answered.size === 0) return
  const documents = [...answered.values()].map((each) => (Object.keys(each).length === 0 ? null : JSON.stringify(each)))
  await sql`
    insert into member_trait (tenant, member, answered)
    select ${tenant}, u.member, u.answered::jsonb
    from unnest(${[...answered.keys()]}::text[], ${documents}::text[]) as u (member, answered)
    on conflict (tenant, member) do update set answered = excluded.answered`.execute(tx)
}

async function ownKey(tx: Tx, tenant: TenantId, keys: Keys, member: string): Promise<Buffer> {
  const fresh = seal(keys.wrapping, randomBytes(32), context('key', tenant, member))
  await sql`
    insert into member_key (tenant, member, wrapped) values (${tenant}, ${member}, ${fresh})
    on conflict (tenant, member) do nothing`.execute(tx)
  const { rows } = await sql<{ wrapped: Buffer }>`
    select wrapped from member_key where tenant = ${tenant} and member = ${member}`.execute(tx)
  return unseal(keys.wrapping, rows[0]!.wrapped, context('key', tenant, member))
}
