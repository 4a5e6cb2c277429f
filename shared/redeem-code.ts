import { z } from 'zod'
import { memberId } from './ids.ts'
import { instantText } from './wire.ts'

/**
 * What a till and the cloud say about a code by message, the second factor of whoever told only a phone. Beside the sync
 * protocol: a cloud without it answers 404, and the till goes on with the card or the manager's PIN.
 */
export const REDEEM_CODE_DIGITS = 6

export const codeRequest = z.strictObject({ member: memberId })
/** To where, masked. */
export const codeReply = z.strictObject({ sentTo: z.string(), expiresAt: instantText })

export const redeemCode = z.string().regex(/^\d{6}$/, { error: 'six digits are allowed' })
export const codeCheckRequest = z.strictObject({ member: memberId, code: redeemCode })
export const codeCheckReply = z.strictObject({ ok: z.literal(true) })
