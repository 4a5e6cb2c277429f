import { plusDays } from '../ledger/rules.ts'
import { parseHundredths } from '../money.ts'
import type { AskedSurvey } from '../surveys/document.ts'
import type { CampaignTexts } from './document.ts'

/** What the cashier is to say to a member, as it travels to tills. Source: DESIGN 11, 14; rules K20 to K23. */
export interface CampaignHint {
  /** Campaign, anchor and touch: the ledger knows the cashier's answer by it. */
  readonly id: string
  readonly kind: 'gift' | 'remind'
  /** A purchase after this day closes it; where there was one before the touch, the day of the last. */
  readonly anchor: string
  readonly text: CampaignTexts
  /** Of a gift: "100.00". */
  readonly points?: string | undefined
  readonly lastDay?: string | undefined
  /** The last day on which it is worth saying. */
  readonly until: string
  /** A survey to ask instead of words to say. */
  readonly survey?: AskedSurvey | undefined
}

/** How long a reminder is worth saying; a gift is as long as it may be spent. */
const REMINDER_DAYS = 14

export const hintId = (campaign: string, anchor: string, touch: string): string => `${campaign}/${anchor}/${touch}`

/** The last day of a hint for a touch that is made today. Rule K21. */
export const hintUntil = (lastDay: string | null, today: string): string => lastDay ?? plusDays(today, REMINDER_DAYS)

/** What a till knows by itself about a member and these hints. */
export interface HintFacts {
  readonly today: string
  /** The day of the member's newest purchase that this till knows of; null: it knows of none. */
  readonly lastBought: string | null
  /** Hints that were told here, or put off for this visit. */
  readonly silenced: ReadonlySet<string>
}

/** The one hint to say now: a gift before a reminder, then what ends first, then the larger gift. Rules K21 to K23. */
export function bestHint(hints: readonly CampaignHint[], facts: HintFacts): CampaignHint | null {
  const { today, lastBought, silenced } = facts
  const open = hints.filter(
    ({ id, anchor, until }) => until >= today && !silenced.has(id) && (lastBought === null || lastBought <= anchor),
  )
  return open.toSorted(byUrgency)[0] ?? null
}

function byUrgency(a: CampaignHint, b: CampaignHint): number {
  if (a.kind !== b.kind) return a.kind === 'gift' ? -1 : 1
  if (a.until !== b.until) return a.until < b.until ? -1 : 1
  const [mine, other] = [worth(a), worth(b)]
  if (mine !== other) return mine > other ? -1 : 1
  return a.id < b.id ? -1 : 1
}

const worth = ({ points }: CampaignHint): bigint => parseHundredths(points ?? '0') ?? 0n
