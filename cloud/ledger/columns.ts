import { z } from 'zod'
import type { MemberId } from '../../shared/ids.ts'
import type { Lease, LotPart } from '../../shared/ledger/booking-port.ts'
import { holder } from '../../shared/ledger/entry-purses.ts'
import type { Purchase } from '../../shared/ledger/history.ts'
import { byLine, type ReturnedLines } from '../../shared/ledger/returned-lines.ts'
import type { Points } from '../../shared/money.ts'
import { type Terms, terms as termsSchema } from '../../shared/programme/rules.ts'

/** What stands in JSON columns: whole numbers as text, read back as bigint. */
const whole = z.string().transform((text) => BigInt(text))
const points = whole.transform((value) => value as Points)

const spent = z.array(
  z.object({
    lot: z.string(),
    purse: z.string().optional(),
    points,
    of: points,
    activeFrom: z.string(),
    lastDay: z.string().nullable(),
    isLoss: z.literal(true).optional(),
  }),
)
const returned = byLine(z.object({ qty: whole, amount: whole, pointsBack: points, pointsTaken: points, money: whole }))
const leases = z.array(
  z.object({
    id: z.string(),
    holder: holder.nullable(),
    remaining: points,
    until: z.string().nullable(),
    of: z.string().optional(),
    to: holder.optional(),
    since: z.string().optional(),
    isClosed: z.literal(true).optional(),
    takenFrom: holder.optional(),
    paid: points.optional(),
    recalled: z.enum(['asked', 'moved']).optional(),
  }),
)
const purchase = z.object({
  at: z.string(),
  paid: whole,
  earned: whole,
  goods: z.array(z.object({ sku: z.string().optional(), category: z.string().optional(), qty: whole })),
})
const terms = z.array(termsSchema)
const members = z.array(z.string())

/** Amounts as text. Without a replacer the engine writes several times faster, and most lists are empty. */
function write(value: unknown): string {
  return JSON.stringify(withTexts(value))
}

function withTexts(value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString()
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(withTexts)
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, withTexts(field)]))
}

export const spentParts = { read: (column: unknown) => spent.parse(column) as LotPart[], write }
export const returnedLines = {
  read: (column: unknown): ReturnedLines => returned.parse(column),
  write,
}
export const accountLeases = { read: (column: unknown): readonly Lease[] => leases.parse(column), write }
/** A purchase without its key and its day: the day depends on the zone of the programme in force. */
export type StoredPurchase = Pick<Purchase, 'at' | 'paid' | 'earned' | 'goods'>
export const storedPurchase = {
  read: (column: unknown) => purchase.parse(column) as StoredPurchase,
  write: ({ at, paid, earned, goods }: StoredPurchase): string => write({ at, paid, earned, goods }),
}
export const memberTerms = { read: (column: unknown): readonly Terms[] => terms.parse(column), write }
export const holders = { read: (column: unknown) => members.parse(column) as MemberId[], write }
