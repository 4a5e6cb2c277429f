import { z } from 'zod'
import { ABC_CLASSES } from './abc.ts'
import { ACTIVITY_SEGMENTS } from './activity.ts'
import { CAFE_SEGMENTS } from './cafe.ts'
import { PURCHASE_SEGMENTS } from './purchases.ts'
import type { ReportName } from './settings.ts'

/** What reports answer, on the command line, over HTTP and on the screen. Money is decimal strings, forecasts numbers. */
const count = z.int().min(0)
const amount = z.string().regex(/^-?\d+\.\d{2}$/)
const at = z.string()
const share = z.number().min(0)

const counts = <const Names extends readonly [string, ...string[]]>(names: Names) =>
  z.object({ at, total: count, segments: z.record(z.enum(names), count) })

const abcSize = z.object({
  members: count.optional(),
  goods: count.optional(),
  categories: count.optional(),
  revenue: amount.optional(),
  margin: amount.optional(),
  share,
})

export const reportResults = {
  activity: counts(ACTIVITY_SEGMENTS),
  cafe: counts(CAFE_SEGMENTS),
  purchases: counts(PURCHASE_SEGMENTS),
  intervals: z.object({
    at,
    count,
    meanDays: z.number().nullable(),
    medianDays: z.number().nullable(),
    bars: z.array(z.object({ fromDays: count, toDays: count, count })),
  }),
  rfm: z.object({
    at,
    method: z.enum(['quantile', 'thresholds']),
    grades: count,
    members: count,
    cuts: z.object({ r: z.array(z.number()), f: z.array(z.number()), m: z.array(z.number()) }),
    cells: z.record(z.string(), count),
    cellRevenue: z.record(z.string(), amount),
    cellGroup: z.record(z.string(), z.string()),
    groups: z.array(z.object({ name: z.string(), members: count, revenue: amount })),
  }),
  abc: z.object({
    at,
    of: z.enum(['members', 'goods', 'categories']),
    by: z.enum(['revenue', 'margin']),
    total: amount,
    classes: z.record(z.enum(ABC_CLASSES), abcSize),
    /** The first of the list, with what they are called. Empty for members: who they are stands in the members' file. */
    top: z.array(z.object({ id: z.string(), name: z.string().nullable(), value: amount, class: z.enum(ABC_CLASSES) })),
    /** The share of all value that the first so many percent of the items bring. */
    curve: z.array(z.object({ items: share, value: share })),
  }),
  ltv: z.object({
    at,
    unit: z.enum(['day', 'week']),
    members: count,
    model: z
      .object({
        r: z.number(),
        alpha: z.number(),
        a: z.number(),
        b: z.number(),
        logLikelihood: z.number(),
        unidentified: z.array(z.string()),
      })
      .nullable(),
    spend: z
      .object({
        p: z.number(),
        q: z.number(),
        gamma: z.number(),
        logLikelihood: z.number(),
        members: count,
        unidentified: z.array(z.string()),
      })
      .nullable(),
    horizonDays: count,
    discountPercent: z.number(),
    /** Of all members together; null without a model. */
    expected: z.object({ purchases: z.number(), alive: z.number(), value: z.number().nullable() }).nullable(),
    /** Members by the probability of being alive: below 10 %, below 20 % and so on. */
    alive: z.array(count),
    /** Members by expected value: each band holds a tenth of them. */
    bands: z.array(z.object({ from: z.number(), to: z.number(), value: z.number() })),
  }),
  repeat: z.object({ at, days: count, eligible: count, repeated: count, share: share.nullable() }),
  affinity: z.object({
    at,
    of: z.enum(['goods', 'categories']),
    receipts: count,
    minSupport: z.number(),
    minConfidence: z.number(),
    pairs: z.array(
      z.object({ items: z.tuple([z.string(), z.string()]), receipts: count, support: share, lift: share }),
    ),
    rules: z.array(
      z.object({
        given: z.string(),
        offer: z.string(),
        receipts: count,
        support: share,
        confidence: share,
        lift: share,
      }),
    ),
    names: z.record(z.string(), z.string()),
  }),
  redemption: z.object({
    at,
    days: count,
    with: z.object({ purchases: count, share: share.nullable(), averageCheck: amount.nullable() }),
    without: z.object({ purchases: count, share: share.nullable(), averageCheck: amount.nullable() }),
    /** Of all members who bought, those who ever paid with points, and what they had bought before that. */
    first: z.object({
      members: count,
      redeemed: count,
      share: share.nullable(),
      medianSpend: amount.nullable(),
      medianPurchases: z.number().nullable(),
    }),
  }),
  freeProduct: z.object({
    at,
    days: count,
    period: count,
    /** Members by their first purchase with a free product, or without one; and who of them came again in time. */
    with: z.object({ members: count, repeated: count, share: share.nullable() }),
    without: z.object({ members: count, repeated: count, share: share.nullable() }),
    /** Of the two shares, with its 95 % interval. */
    difference: z.union([
      z.literal('too early to tell'),
      z.object({ estimate: z.number(), low: z.number(), high: z.number() }),
    ]),
  }),
  points: z.object({
    at,
    days: count,
    months: z.array(z.object({ month: z.string(), purchases: count, earned: amount, redeemed: amount })),
    /** Null where a moment was asked about. */
    outstanding: z
      .object({
        members: count,
        /** What members have, without what is past its day. */
        points: amount,
        /** Of these, not active yet. */
        pending: amount,
        debt: amount,
        /** In money, if all of it were spent; null without a programme. */
        liability: amount.nullable(),
        burning: z.array(z.object({ month: z.string(), points: amount })),
      })
      .nullable(),
  }),
  movement: z.object({
    at,
    from: z.string(),
    preset: z.enum(['activity', 'cafe', 'purchases']),
    total: count,
    segments: z.array(z.string()),
    flows: z.array(z.object({ from: z.string(), to: z.string(), members: count })),
  }),
} as const satisfies Record<ReportName, z.ZodType>

export type ReportOf<Name extends ReportName> = z.infer<(typeof reportResults)[Name]>
