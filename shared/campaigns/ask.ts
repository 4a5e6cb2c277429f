import { z } from 'zod'
import { dayText } from '../wire.ts'
import { callKey, callOutcome } from './call.ts'
import { cap } from './cap.ts'
import { campaignTest, testKey, testList } from './test-list.ts'

/**
 * What a manager's screen asks of campaigns through the till's session, beside the sync protocol as reports and segments
 * are: an older cloud has no such path and says so. A document travels as it is written, in both directions: cloud and
 * till may know different kinds of touches, and the cloud is the judge. Nothing of a person but on the call list.
 */
const campaignId = z.string().min(1).max(40)
const written = z.record(z.string(), z.unknown())
export const campaignState = z.enum(['draft', 'running', 'paused', 'stopped'])
export type CampaignState = z.infer<typeof campaignState>

export const campaignsRequest = z.discriminatedUnion('ask', [
  z.strictObject({ ask: z.literal('list') }),
  z.strictObject({ ask: z.literal('one'), campaign: campaignId }),
  z.strictObject({ ask: z.literal('state'), campaign: campaignId, state: campaignState.exclude(['draft']) }),
  /** What the programme's own purchases propose for a new campaign. */
  z.strictObject({ ask: z.literal('own') }),
  /** The article's chains as drafts, begun after this interval; those that were started stay as they are. */
  z.strictObject({
    ask: z.literal('preset'),
    averageInterval: z.int().min(1).max(730),
    vipCardTypes: z.array(z.string().min(1).max(60)).min(1).max(20),
  }),
  /** `over`: what it is a change of, as it was read; null: it is new. Missing: whatever is there is written over. */
  z.strictObject({ ask: z.literal('save'), document: written, over: written.nullable().optional() }),
  /** A draft, which nobody was touched by. */
  z.strictObject({ ask: z.literal('drop'), campaign: campaignId }),
  /** Whom to call; `later`: also those who are to be tried again on a later day. */
  z.strictObject({ ask: z.literal('calls'), later: z.boolean() }),
  z.strictObject({ ask: z.literal('settle'), call: callKey, how: callOutcome }),
  /** Its touches on a short list, at once; the key names one press. */
  z.strictObject({ ask: z.literal('test'), campaign: campaignId, to: testList, key: testKey }),
  /** What has become of a test. */
  z.strictObject({ ask: z.literal('tested'), key: testKey }),
  /** Whom it would reach if it were started today. */
  z.strictObject({ ask: z.literal('forecast'), document: written }),
  /** What it would have done between two days, both inclusive. */
  z.strictObject({ ask: z.literal('whatIf'), document: written, from: dayText, to: dayText }),
  /** What holds for all campaigns together, and another cap of them. */
  z.strictObject({ ask: z.literal('settings') }),
  z.strictObject({ ask: z.literal('cap'), cap: cap.nullable() }),
])
export type CampaignsRequest = z.infer<typeof campaignsRequest>

const count = z.int().min(0)
const amount = z.string()
const share = z.object({ of: count, bought: count })
const uplift = z.union([
  z.literal('too early to tell'),
  z.object({ estimate: z.number(), low: z.number(), high: z.number() }),
])

const campaignRow = z.object({
  campaign: campaignId,
  name: z.string(),
  state: campaignState,
  /** The day on which it was first started. */
  began: z.string().nullable(),
  /** Chains that were opened. */
  opened: count,
  /** Members by their first due touch, and who of them bought within 14 days after it. */
  treated: share,
  control: share,
  uplift,
  pointsGiven: amount,
  /** The most that one gift may be. */
  largestGift: amount,
})
export type CampaignRow = z.infer<typeof campaignRow>

/** What a raised percent, a coupon or a free product gave away where it was used. Rules K65, K66. */
const given = z.object({
  /** Receipts in which it was used, and members who did. */
  used: count,
  members: count,
  /** Off these receipts; points that they would not have given; what both cost in money. */
  money: amount,
  points: amount,
  cost: amount,
  /** Cost by member who used it, beside the largest gift of the budget; null: nobody did. */
  each: amount.nullable(),
  most: amount,
})
export type GivenAway = z.infer<typeof given>

const touchReport = z.object({
  touch: z.string(),
  sent: count,
  noConsent: count,
  /** Left out because it would have been too often; made later than due; not to be had from the programme. */
  capped: count.default(0),
  delayed: count.default(0),
  unavailable: count.default(0),
  /** What cashiers answered to the hint. */
  hints: z.object({ told: count, notNow: count }).default({ told: 0, notNow: 0 }),
  /** Of a call: what became of those that were to be made. */
  calls: z
    .object({
      open: count,
      reached: count,
      refused: count,
      wrongNumber: count,
      bought: count,
      late: count,
      dropped: count,
      attempts: count,
    })
    .optional(),
  given: given.optional(),
  /** `delivered`: a wallet has it; others do not say. */
  messages: z.object({
    waiting: count,
    sent: count,
    delivered: count.default(0),
    failed: count,
    uncertain: count,
    expired: count,
  }),
  bought: count,
  conversion: z.number().nullable(),
  pointsGiven: amount,
  pointsSpent: amount,
  revenue: amount,
  /** Of what was bought at a known cost; null: no cost is known. */
  margin: amount.nullable(),
  /** The control group at the same touch, in the same days. */
  control: share,
})
export type TouchReport = z.infer<typeof touchReport>

/** What one variant did, against the control group and against the first one; null: this is the first. Rule K93. */
const variantReport = z.object({
  variant: z.string(),
  /** Members by their first due touch, and who of them bought within 14 days after it. */
  treated: share,
  uplift,
  difference: uplift.nullable(),
  /** Touches made, and what was given, spent, bought and left in the days that count for them. */
  sent: count,
  pointsGiven: amount,
  pointsSpent: amount,
  revenue: amount,
  margin: amount.nullable(),
})
export type VariantReport = z.infer<typeof variantReport>

/** What a group left in the days that count for its touches, by a member of it. */
const perMember = z.object({ members: count, revenue: amount, margin: amount.nullable() })

const oneCampaign = z.object({
  campaign: campaignId,
  document: written,
  state: campaignState,
  began: z.string().nullable(),
  /** As of this moment. */
  at: z.string(),
  /** Chains by their state. */
  chains: z.record(z.string(), count),
  touches: z.array(touchReport),
  treated: share,
  control: share,
  uplift,
  against: z.object({ treated: perMember, control: perMember }),
  /** None where the campaign is not tried in several. */
  variants: z.array(variantReport).default([]),
})
export type OneCampaign = z.infer<typeof oneCampaign>

/** Null: nothing is known of it yet. */
const own = z.object({
  /** Whole days between the purchases of a member. */
  averageInterval: count.nullable(),
  /** Of members, in the last 90 days. */
  averageCheck: amount.nullable(),
  /** Of what was bought at a known cost in these days. */
  marginPercent: z.string().nullable(),
})
export type OwnFigures = z.infer<typeof own>

/** Members today. `audience` is who has bought and belongs, the gone left out: refused, control and reach together. */
const forecast = z.object({
  audience: count,
  gone: count,
  refused: count,
  control: count,
  reach: count,
  /** Of the reach: those whose chain would open today. */
  today: count,
  /** What their first gifts would be together, and the most that all of the reach could be given. */
  pointsToday: amount,
  pointsMost: amount,
  /** Of a campaign that is tried in several variants: reach and today by variant. */
  variants: z.array(z.object({ variant: z.string(), reach: count, today: count })).default([]),
})
export type Forecast = z.infer<typeof forecast>

const call = z.object({
  campaign: z.string(),
  member: z.string(),
  anchor: z.string(),
  touch: z.string(),
  name: z.string().nullable(),
  phone: z.string().nullable(),
  cardType: z.string().nullable(),
  tier: z.string().nullable(),
  purchases: count,
  spend: amount,
  averageCheck: amount.nullable(),
  lastPurchase: z.string().nullable(),
  campaignName: z.string(),
  /** What the chain has done before. */
  touches: z.array(
    z.object({
      touch: z.string(),
      kind: z.string(),
      day: z.string(),
      points: amount.nullable(),
      lastDay: z.string().nullable(),
    }),
  ),
  due: z.string(),
  /** After this day it is closed by itself. */
  until: z.string(),
  attempts: count,
})
export type ListedCall = z.infer<typeof call>

/** `total` may be more than are listed: whoever works through them asks again. */
const callList = z.object({ today: z.string(), total: count, calls: z.array(call) })

export const campaignsReply = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('list'), at: z.string(), campaigns: z.array(campaignRow) }),
  z.object({ kind: z.literal('one'), ...oneCampaign.shape }),
  z.object({ kind: z.literal('state'), state: campaignState }),
  z.object({ kind: z.literal('own'), ...own.shape }),
  z.object({ kind: z.literal('preset'), campaigns: z.array(z.object({ campaign: campaignId, state: campaignState })) }),
  z.object({ kind: z.literal('saved'), campaign: campaignId }),
  /** Not as a campaign has to be. */
  z.object({
    kind: z.literal('invalid'),
    errors: z.array(z.object({ path: z.string(), found: z.string(), allowed: z.string() })),
  }),
  z.object({ kind: z.literal('dropped') }),
  z.object({ kind: z.literal('calls'), ...callList.shape }),
  /** What became of a call: `open` comes back on the day that is due. */
  z.object({ kind: z.literal('settled'), state: z.string(), due: z.string() }),
  z.object({ kind: z.literal('forecast'), ...forecast.shape }),
  z.object({
    kind: z.literal('whatIf'),
    from: z.string(),
    to: z.string(),
    /** Who would have been touched, without the control group and the refused. */
    members: count,
    control: count,
    refused: count,
    touches: z.record(z.string(), count),
    /** Members by variant, of a campaign that is tried in several. */
    variants: z.record(z.string(), count).default({}),
    pointsMost: amount,
  }),
  z.object({ kind: z.literal('settings'), cap: cap.nullable() }),
  z.object({ kind: z.literal('test'), ...campaignTest.shape }),
])
export type CampaignsReply = z.infer<typeof campaignsReply>
