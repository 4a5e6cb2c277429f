import type { CardNumber, MemberId } from '../ids.ts'
import { ok, type Result, refuse } from '../result.ts'
import type { CardRecord, MemberRecord } from './booking-port.ts'
import type { CardChange, EntryBody } from './entry.ts'

/** Cards: several per member, blocked, replaced, handed on. The points belong to the member, never to the card. L36, L37. */
export type CardCommand =
  | {
      readonly do: 'add_card'
      readonly number: CardNumber
      readonly type: string
      /** Who has this number; undefined: nobody. */
      readonly holder: MemberId | undefined
      readonly by: string
    }
  | { readonly do: 'block_card' | 'unblock_card' | 'primary_card'; readonly number: CardNumber; readonly by: string }
  | {
      readonly do: 'replace_card'
      readonly number: CardNumber
      readonly with: CardNumber
      readonly holder: MemberId | undefined
      readonly by: string
    }
  | { readonly do: 'transfer_card'; readonly number: CardNumber; readonly to: MemberId; readonly by: string }

export type CardRefusal =
  | 'unknown_card'
  | 'card_of_another_member'
  | 'card_blocked'
  | 'card_replaced'
  | 'card_not_blocked'
  | 'card_is_primary'

export function decideCard(
  command: CardCommand,
  member: MemberRecord,
  cards: readonly CardRecord[],
): Result<readonly EntryBody[], CardRefusal> {
  const change = (card: CardChange): Result<readonly EntryBody[], CardRefusal> =>
    ok([{ kind: 'member', member: member.id, card, by: command.by }])
  const usable = cards.filter((each) => each.state === 'active')
  if (command.do === 'add_card') {
    if (command.holder !== undefined) return refuse('card_of_another_member')
    return change({ action: 'add', number: command.number, type: command.type, primary: usable.length === 0 })
  }
  const card = cards.find((each) => each.number === command.number)
  if (card === undefined) return refuse('unknown_card')
  if (card.state === 'replaced') return refuse('card_replaced')
  switch (command.do) {
    case 'block_card':
      return card.state === 'blocked' ? refuse('card_blocked') : change({ action: 'block', number: card.number })
    case 'unblock_card':
      return card.state === 'blocked' ? change({ action: 'unblock', number: card.number }) : refuse('card_not_blocked')
    case 'primary_card': {
      if (card.state === 'blocked') return refuse('card_blocked')
      if (card.primary) return refuse('card_is_primary')
      const was = cards.find((each) => each.primary)?.number ?? null
      return change({ action: 'primary', number: card.number, was })
    }
    case 'replace_card': {
      if (command.holder !== undefined) return refuse('card_of_another_member')
      return change({ action: 'replace', number: card.number, with: command.with, type: card.type })
    }
    case 'transfer_card': {
      if (card.state === 'blocked') return refuse('card_blocked')
      if (card.primary && usable.length > 1) return refuse('card_is_primary')
      return change({ action: 'transfer', number: card.number, to: command.to })
    }
  }
}
