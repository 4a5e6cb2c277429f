import { randomInt } from 'node:crypto'
import { sql } from 'kysely'
import { maskPhone } from '../../shared/identification/phone.ts'
import type { MemberId } from '../../shared/ids.ts'
import { REDEEM_CODE_DIGITS } from '../../shared/redeem-code.ts'
import { instant } from '../clock.ts'
import type { Cloud } from '../cloud.ts'
import { transaction } from '../database/transaction.ts'
import { Refusal } from '../http/refusal.ts'
import type { Gateway } from '../messages/gateway.ts'
import { sameSecret } from '../secrets/keys.ts'
import { readProfiles } from './profiles.ts'

/** A code by message: sent to the phone that the member enrolled with, good for a few minutes, once. */
const LIVES_MS = 5 * 60_000
const AGAIN_AFTER_MS = 30_000
const COUNTED_MS = 60 * 60_000
const SENT_MAX = 5
const WRONG_MAX = 5

const texts = {
  ru: (code: string) => `Код для оплаты баллами: ${code}. Назовите его только кассиру.`,
  en: (code: string) => `Your code to pay with points: ${code}. Tell it only to the cashier.`,
}

export async function sendRedeemCode(cloud: Cloud, gateway: Gateway | undefined, member: MemberId) {
  const { tenant, keys } = cloud
  if (gateway === undefined) throw new Refusal(409, 'no_gateway', 'No gateway for messages is set up.')
  const profile = (await readProfiles(cloud.db, tenant, keys, [member])).get(member)
  if (profile?.phone === undefined) throw new Refusal(409, 'no_phone', 'The member has no phone.')
  const code = String(randomInt(10 ** REDEEM_CODE_DIGITS)).padStart(REDEEM_CODE_DIGITS, '0')
  const now = cloud.clock().getTime()
  await transaction(cloud.db, async (tx) => {
    // before the first code there is no row that a second asker could wait for
    await sql`select from member where tenant = ${tenant} and member = ${member} for update`.execute(tx)
    const { rows } = await sql<{ sent_at: string; counted_from: string; sent: number }>`
      select sent_at, counted_from, sent from redeem_code where tenant = ${tenant} and member = ${member} for update`.execute(
      tx,
    )
    const before = rows[0]
    const counts = before !== undefined && now - Date.parse(before.counted_from) < COUNTED_MS
    const isTooSoon = before !== undefined && now - Date.parse(before.sent_at) < AGAIN_AFTER_MS
    if (isTooSoon || (counts && before.sent >= SENT_MAX)) {
      throw new Refusal(429, 'too_many_codes', 'A code was sent just now, or too many within the hour.')
    }
    const mark = markOf(cloud, member, code)
    const at = instant(cloud.clock)
    const [from, sent] = counts ? [before.counted_from, before.sent + 1] : [at, 1]
    await sql`
      insert into redeem_code (tenant, member, mark, sent_at, wrong, counted_from, sent)
      values (${tenant}, ${member}, ${mark}, ${at}, 0, ${from}, ${sent})
      on conflict (tenant, member) do update set mark = excluded.mark, sent_at = excluded.sent_at, wrong = 0,
        counted_from = excluded.counted_from, sent = excluded.sent`.execute(tx)
  })
  const sent = await gateway.send({ to: profile.phone, text: texts[profile.language ?? 'ru'](code) })
  if (sent.outcome !== 'taken') {
    throw new Refusal(503, 'gateway_failed', 'The gateway did not take the message.', { detail: sent.trouble })
  }
  return { sentTo: maskPhone(profile.phone), expiresAt: new Date(now + LIVES_MS).toISOString() }
}

/** A code is good once; five wrong ones spend it. */
export async function checkRedeemCode(cloud: Cloud, member: MemberId, code: string): Promise<{ ok: true }> {
  const { tenant } = cloud
  const said = await transaction(cloud.db, async (tx): Promise<'ok' | 'code_over' | 'wrong_code'> => {
    const { rows } = await sql<{ mark: string; sent_at: string; wrong: number }>`
      select mark, sent_at, wrong from redeem_code where tenant = ${tenant} and member = ${member} for update`.execute(
      tx,
    )
    const known = rows[0]
    const isOver = known === undefined || cloud.clock().getTime() - Date.parse(known.sent_at) >= LIVES_MS
    if (isOver || known.wrong >= WRONG_MAX) return 'code_over'
    const isRight = sameSecret(known.mark, markOf(cloud, member, code))
    await sql`
      update redeem_code set wrong = ${isRight ? WRONG_MAX : known.wrong + 1}
      where tenant = ${tenant} and member = ${member}`.execute(tx)
    return isRight ? 'ok' : 'wrong_code'
  })
  if (said === 'code_over') throw new Refusal(409, 'code_over', 'No code is waiting for this member; send another.')
  if (said === 'wrong_code') throw new Refusal(403, 'wrong_code', 'The code is wrong.')
  return { ok: true }
}

const markOf = ({ keys }: Cloud, member: MemberId, code: string): string => keys.mark(`redeem-code ${member} ${code}`)
