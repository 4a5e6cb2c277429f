import { z } from 'zod'

/** The touches of a campaign tried on a short list of members. Rules K95 to K97. */

export const TEST_MEMBERS_MAX = 20

/** Member ids, cards or phones, as somebody types them. */
export const testList = z.array(z.string().trim().min(1).max(64)).min(1).max(TEST_MEMBERS_MAX)

/** Names one press of the button: the same key again sends nothing more. */
export const testKey = z.string().min(8).max(100)

/** What an entry of the list was found to be; `several`: a phone that members share, `repeated`: a member named above. */
export const testFound = z.enum(['found', 'unknown', 'several', 'repeated', 'no_consent'])
export type TestFound = z.infer<typeof testFound>

const testMessage = z.object({
  touch: z.string(),
  /** Null: as the campaign is written. */
  variant: z.string().nullable(),
  /** `unavailable`: the programme has not what the touch would give. */
  state: z.enum(['waiting', 'sending', 'sent', 'failed', 'uncertain', 'unavailable']),
  channel: z.string().nullable(),
  trouble: z.string().nullable(),
})

/** One press and what has become of it so far, in the order of the list. */
export const campaignTest = z.object({
  key: z.string(),
  campaign: z.string(),
  at: z.string(),
  list: z.array(z.object({ found: testFound, messages: z.array(testMessage) })),
})
export type CampaignTest = z.infer<typeof campaignTest>

/** Whether something of it may change still. */
export const isUnderWay = ({ list }: CampaignTest): boolean =>
  list.some(({ messages }) => messages.some(({ state }) => state === 'waiting' || state === 'sending'))
