import { z } from 'zod'
import { instantText, moneyText, pointsText, signedPointsText } from '../wire.ts'

/** What cash register software gets back. Fields may be added; those that are here stay. */
const entryKey = z.object({ device: z.string(), epoch: z.int(), seq: z.int() })

const progressMeasure = z.object({ kind: z.string(), have: z.string(), need: z.string(), left: z.string() })

const unresolved = z
  .looseObject({ card: z.string().optional(), phone: z.string().optional() })
  .optional()
  .describe('A card or phone that nobody has: the receipt is credited once somebody has it')

const reward = z.looseObject({
  id: z.string().describe('The purse that pays for it: stamp:<card> or coupon:<coupon>'),
  kind: z.string(),
  lines: z.array(z.string()),
  money: moneyText.describe('Off the receipt, before points'),
  name: z.string().nullable().optional(),
})

export const memberReply = z
  .looseObject({
    id: z.string(),
    name: z.string().nullable(),
    phone: z.string().nullable().describe('Masked'),
    card: z.string(),
    cardType: z.string(),
    tier: z.string().nullable(),
    segments: z.array(z.string()),
    segmentNames: z
      .record(z.string(), z.string())
      .optional()
      .describe('What the owner calls the segments, by id; those of presets have no name'),
    balance: signedPointsText,
    spendable: pointsText.describe('What could be redeemed were the receipt large enough'),
    pending: pointsText,
    debt: pointsText,
    held: z
      .object({ here: pointsText, elsewhere: pointsText })
      .optional()
      .describe('Points that this till holds as rights and may spend without a network, and what other tills hold'),
    expiring: z.array(z.object({ lastDay: z.string(), points: pointsText })),
    terms: z.array(z.looseObject({ id: z.string() })),
    identifiedBy: z.string(),
    hint: z
      .looseObject({
        id: z.string(),
        kind: z.string(),
        text: z.object({ ru: z.string(), en: z.string() }),
        points: pointsText.nullable(),
        lastDay: z.string().nullable(),
        days: z.int(),
      })
      .nullable()
      .optional()
      .describe('What a campaign wants the cashier to say to the member'),
    tierName: z.string().nullable().optional(),
    progress: z
      .looseObject({
        next: z.object({ id: z.string(), name: z.string() }),
        match: z.string(),
        nearest: progressMeasure,
      })
      .nullable()
      .optional()
      .describe('The way to the next tier'),
    stamps: z
      .array(z.looseObject({ id: z.string(), name: z.string(), stamps: z.int(), need: z.int(), full: z.int() }))
      .optional()
      .describe('Stamp cards; `full`: rewards that may be taken'),
    coupons: z
      .array(z.looseObject({ id: z.string(), name: z.string(), uses: z.int(), lastDay: z.string().nullable() }))
      .optional()
      .describe("Coupons in the member's own purse"),
  })
  .meta({ id: 'Member', description: 'A member as the cashier may see them' })

export const scanReply = z
  .looseObject({
    code: z.string(),
    member: memberReply.nullable(),
    coupon: z.boolean().optional().describe('The code was a coupon, and it is on the receipt now'),
  })
  .meta({ id: 'Scan', description: 'What a code was' })

export const quoteReply = z
  .looseObject({
    id: z.string(),
    state: z.enum(['open', 'held', 'booked', 'cancelled']),
    receipt: z.looseObject({ id: z.string(), at: z.string(), outlet: z.string() }),
    member: memberReply.nullable(),
    unresolved,
    total: moneyText,
    earn: pointsText.describe('Points that this receipt earns'),
    redeemable: pointsText.describe('The most points that may be redeemed on it'),
    redeemBound: z
      .string()
      .describe(
        'Why not more: none, balance, rules, elsewhere (other tills hold the rest), offline (no network, and no right here), rights_ended (no contact for 72 hours), clock_back (the clock was set back since the last contact), policy (the programme allows none without a network), forked, disk_low, day_limit, no_member, second_factor_needed',
      ),
    risk: pointsText.optional().describe('What of the redeemed points no right covers'),
    redeem: pointsText.describe('Points chosen, by the register or by the cashier'),
    discount: moneyText.describe('Money that the redeemed points stand for'),
    toPay: moneyText,
    rewards: z.array(reward),
    available: z
      .array(z.looseObject({ id: z.string(), kind: z.string(), money: moneyText, name: z.string() }))
      .optional()
      .describe(
        'Full stamp cards and coupons of the member that may be asked for by `rewards`, and what they take off',
      ),
    asked: z.array(z.string()).optional().describe('Full stamp cards that are used on the receipt'),
    gifts: z
      .array(
        z.looseObject({ id: z.string(), name: z.string().nullable(), points: pointsText, code: z.string().nullable() }),
      )
      .optional()
      .describe('Rewards that are points'),
    coupons: z.array(z.string()).optional().describe('Coupons on the receipt'),
    stamps: z
      .array(z.looseObject({ id: z.string(), name: z.string(), stamps: z.int() }))
      .optional()
      .describe('Stamps that the receipt brings'),
    warnings: z.array(z.string()).optional().describe('What the member does too often'),
    lines: z.array(
      z.looseObject({ id: z.string(), earn: pointsText, limit: moneyText, discount: moneyText, amount: moneyText }),
    ),
    why: z.unknown().describe('The rules that won and the steps, as data'),
    sentences: z.object({ ru: z.array(z.string()), en: z.array(z.string()) }).describe('The same in words'),
  })
  .meta({ id: 'Quote', description: 'What a receipt earns and may redeem' })

export const bookingReply = z
  .looseObject({
    receipt: z.string(),
    outlet: z.string(),
    key: entryKey,
    at: instantText,
    member: memberReply.nullable(),
    unresolved,
    total: moneyText,
    earn: pointsText,
    redeem: pointsText,
    discount: moneyText,
    toPay: moneyText,
    rewards: z.array(reward).optional(),
    slip: z.array(z.string()).describe('Lines to print under the receipt'),
  })
  .meta({ id: 'Booking', description: 'A booked receipt' })

export const attachReply = z
  .looseObject({
    receipt: z.string(),
    outlet: z.string(),
    key: entryKey,
    member: memberReply,
    earn: pointsText.describe('What the receipt would have earned then'),
    slip: z.array(z.string()),
  })
  .meta({ id: 'Attachment', description: 'A receipt that has found its member' })

export const cardReply = z
  .looseObject({
    card: z.string().describe('After a replacement the new one'),
    state: z.enum(['active', 'blocked', 'replaced']),
    member: memberReply,
  })
  .meta({ id: 'Card', description: 'A card and whose it is' })

export const refundReply = z
  .looseObject({
    receipt: z.string(),
    key: entryKey,
    money: moneyText.describe('What the register pays out'),
    pointsBack: pointsText,
    pointsTaken: pointsText,
    debt: pointsText,
    slip: z.array(z.string()),
  })
  .meta({ id: 'Refund', description: 'A booked return' })

export const codeSentReply = z
  .looseObject({ sentTo: z.string().describe('Masked'), expiresAt: instantText })
  .meta({ id: 'CodeSent', description: 'A code on its way' })

export const stateReply = z
  .looseObject({
    phase: z.enum(['starting', 'needs-enrolment', 'filling', 'ready', 'refused']),
    link: z.looseObject({ online: z.boolean(), unsent: z.int() }),
    member: memberReply.nullable(),
    quote: quoteReply.nullable(),
  })
  .meta({ id: 'State', description: 'What the till shows right now' })
