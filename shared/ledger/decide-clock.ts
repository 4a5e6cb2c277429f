import type { StampCard } from '../programme/stamps.ts'
import type { Tier } from '../programme/tiers.ts'
import type { Account } from './booking-port.ts'
import type { State } from './decide.ts'
import type { EntryBody, EntryKey, GiftBody, TierBody } from './entry.ts'
import { expireDue } from './expiry.ts'
import { type GiftFacts, giftOf, giftsDue, type Occasion } from './gifts.ts'
import { burnDue, checkpointDue } from './inactivity.ts'
import { redecide } from './redecide.ts'
import { type ReferralFacts, referralDue } from './referral.ts'
import { documentOf } from './rules.ts'
import { lapsedDue, stampPurse } from './stamps.ts'
import { reviewTier } from './tiers.ts'

/** What the clock and the member's own doings bring, without anybody's wish. Asked twice, it gives nothing more. */
export type ClockCommand =
  /** The night: lots past their last day, in every purse. */
  | { readonly do: 'expire' }
  /** After a receipt, an enrolment, a task, or in the morning: tier, gifts, burn, checkpoint. */
  | { readonly do: 'review'; readonly occasion: Occasion }
  /** A fact of an earlier day has arrived: a late receipt, or the return of one. */
  | { readonly do: 'redecide'; readonly fact: EntryKey; readonly factDay: string }
  /** After a receipt of a member whom somebody brought; the facts of both sides. */
  | { readonly do: 'reward_referral'; readonly facts: ReferralFacts }

export function decideByClock(command: ClockCommand, { member, programme, today }: State): readonly EntryBody[] {
  const document = documentOf(programme)
  const tiers = document.tiers ?? []
  switch (command.do) {
    case 'expire':
      return member.accounts.flatMap((account) => expireDue(account, today) ?? [])
    case 'redecide': {
      const rules = { burn: document.burn ?? [], checkpoints: document.checkpoints ?? [], tiers }
      return redecide(rules, member, command.fact, command.factDay)
    }
    case 'reward_referral': {
      const referral = document.referral ?? null
      return referral === null ? [] : referralDue(referral, command.facts, today)
    }
    case 'review': {
      const gifts = [...giftsDue(document.gifts ?? [], member.gifts, command.occasion, today)]
      const tier = reviewTier(tiers, member, today)
      gifts.push(...welcomeTo(tier, tiers, member.gifts, today))
      const asks = command.occasion.kind === 'day' || command.occasion.kind === 'purchased'
      const lapsed = asks ? lapsedStamps(document.stamps ?? [], member.accounts, today) : []
      if (command.occasion.kind !== 'day') return [...(tier === undefined ? [] : [tier]), ...lapsed, ...gifts]
      const checkpoints = checkpointDue(document.checkpoints ?? [], tiers, member, today).flatMap((outcome) =>
        outcome.kind === 'entry' ? [outcome.body] : [],
      )
      // one change of tier at a time: a checkpoint that demotes waits for the next morning
      const changes = checkpoints.filter((body) => tier === undefined || body.kind !== 'tier')
      const burn = changes.some((body) => body.kind === 'expire')
        ? undefined
        : burnDue(document.burn ?? [], member, today)
      const entries: readonly (EntryBody | undefined)[] = [tier, ...changes, burn, ...lapsed, ...gifts]
      return entries.filter((body) => body !== undefined)
    }
  }
}

function lapsedStamps(cards: readonly StampCard[], accounts: readonly Account[], today: string): readonly EntryBody[] {
  return cards.flatMap((card) => {
    const account = accounts.find((each) => each.purse === stampPurse(card))
    return card.claimDays === undefined || account === undefined ? [] : (lapsedDue(card, account, today) ?? [])
  })
}

/** Points given once on the way up to a tier. Rule L58. */
function welcomeTo(
  change: TierBody | undefined,
  tiers: readonly Tier[],
  facts: GiftFacts,
  today: string,
): readonly GiftBody[] {
  if (change?.reason !== 'reached') return []
  const welcome = tiers.find((tier) => tier.id === change.to)?.welcome
  const why = { rule: `tier:${change.to}`, occasion: 'once' }
  const isGiven = facts.given.some((each) => each.rule === why.rule && each.occasion === why.occasion)
  return welcome === undefined || isGiven ? [] : [giftOf(facts.member, welcome, today, why)]
}
