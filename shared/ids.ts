import { z } from 'zod'
import type { Branded } from './result.ts'

/** Names of things. Each is a string that only its parser makes; the parsers are the schemas below. */
export type TenantId = Branded<string, 'TenantId'>
export type OutletId = Branded<string, 'OutletId'>
export type DeviceId = Branded<string, 'DeviceId'>
export type MemberId = Branded<string, 'MemberId'>
export type CardNumber = Branded<string, 'CardNumber'>
export type ReceiptId = Branded<string, 'ReceiptId'>
export type QuoteId = Branded<string, 'QuoteId'>
export type ShiftId = Branded<string, 'ShiftId'>

/** Printable, no spaces at the ends, no control characters: what a register may use as an id of its own. */
const externalId = (what: string, max: number) =>
  z
    .string({ error: `${what}: a text of 1 to ${max} printable characters is expected` })
    .min(1, { error: `${what} is empty; 1 to ${max} characters are allowed` })
    .max(max, { error: `${what} is longer than ${max} characters` })
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused here
    .regex(/^(?!\s)[^\u0000-\u001f\u007f]*(?<!\s)$/, {
      error: `${what}: no control characters, and no spaces at its ends`,
    })

const branded = <T extends string>(schema: z.ZodType<string, string>) => schema as unknown as z.ZodType<T, string>

export const tenantId = branded<TenantId>(z.string().regex(/^[a-z][a-z0-9-]{0,40}$/))
export const outletId = branded<OutletId>(externalId('an outlet id', 40))
export const deviceId = branded<DeviceId>(z.string().regex(/^[A-Za-z0-9-]{1,64}$/))
export const memberId = branded<MemberId>(externalId('a member id', 64))
export const cardNumber = branded<CardNumber>(externalId('a card number', 64))
export const receiptId = branded<ReceiptId>(externalId('a receipt id', 100))
export const quoteId = branded<QuoteId>(z.string().min(1).max(64))
export const shiftId = branded<ShiftId>(z.string().min(1).max(64))
