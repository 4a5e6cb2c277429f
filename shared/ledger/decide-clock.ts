import type { State } from './decide.ts'
import type { EntryBody, EntryKey } from './entry.ts'
import { expireDue } from './expiry.ts'
import { giftsDue, type Occasion } from './gifts.ts'
import { burnDue, checkpointDue } from './inactivity.ts'
import { redecide } from './redecide.ts'
import { documentOf } from './rules.ts'
import { reviewTier } from './tiers.ts'

/** What the clock and the member's own doings bring, without anybody's wish. Asked twice, it gives nothing more. */
export type ClockCommand =
  /** The night: lots past their last day, in every purse. */
  | { readonly do: 'expire' }
  /** After a receipt, an enrolment, a task, or in the morning: tier, gifts, burn, checkpoint. */
  | { readonly do: 'review'; readonly occasion: Occasion }
  /** A fact of an earlier day has arrived. */
  | { readonly do: 'redecide'; readonly fact: EntryKey; readonly factDay: string }

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
    case 'review': {
      const gifts = giftsDue(document.gifts ?? [], member.gifts, command.occasion, today)
      const tier = reviewTier(tiers, member, today)
      if (command.occasion.kind !== 'day') return [...(tier === undefined ? [] : [tier]), ...gifts]
      const checkpoints = checkpointDue(document.checkpoints ?? [], tiers, member, today).flatMap((outcome) =>
        outcome.kind === 'entry' ? [outcome.body] : [],
      )
      // one change of tier at a time: a checkpoint that demotes waits for the next morning
      const changes = checkpoints.filter((body) => tier === undefined || body.kind !== 'tier')
      const burn = changes.some((body) => body.kind === 'expire')
        ? undefined
        : burnDue(document.burn ?? [], member, today)
      const entries: readonly (EntryBody | undefined)[] = [tier, ...changes, burn, ...gifts]
      return entries.filter((body) => body !== undefined)
    }
  }
}
