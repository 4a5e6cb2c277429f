import type { CoreEvent, TillState } from '../core-api.ts'

/** What registers hear on GET /events. The till's whole state would tell them every keystroke: they get its outline. */
export interface TillOutline {
  readonly phase: TillState['phase']
  readonly online: boolean
  readonly unsent: number
  readonly shift: string | null
}

export type PosEvent = Exclude<CoreEvent, { type: 'state' }> | { readonly type: 'till'; readonly till: TillOutline }

export const posEventNames = {
  scan: 'A code was read, by whichever scanner',
  'member.attached': 'A member is at the counter; with the quote that is theirs',
  'member.left': 'The member was let go',
  'quote.ready': 'A quote is there or has changed, also because the cashier chose points to redeem',
  booked: 'A receipt was booked',
  till: 'The outline of the till changed: phase, connection, entries not sent yet, shift',
  reset: 'Events were missed and are gone: ask for GET /state, then go on listening',
} as const satisfies Record<PosEvent['type'] | 'reset', string>

export function outlineOf(state: TillState): TillOutline {
  return {
    phase: state.phase,
    online: state.link.online,
    unsent: state.link.unsent,
    shift: state.shift?.id ?? null,
  }
}
