import { isAfter } from './own.ts'
import type { AnsweredMark, Journal, MoneyStore } from './ports.ts'

/**
 * How long a till keeps what the cloud has answered for: 35 days from the answer, so that a cloud which comes back from a
 * backup gets everything again. Counted by the cloud's clock alone: when an entry was written is the till's word, which
 * may be off by days, and a till that was away for weeks has its answers today. Rules S26, S32.
 */
const KEEP_MS = 35 * 86_400_000
const MARK_EVERY_MS = 86_400_000

export interface Keeping {
  readonly money: Pick<MoneyStore, 'kept' | 'keep' | 'prune'>
  readonly journal: Pick<Journal, 'prune'>
  /** This till's own clock: files of the journal tell their age by it. */
  readonly now: number
}

/** Drops what was answered for long enough ago; `heard`: the cloud's clock when it was last heard. */
export async function forgetOld({ money, journal, now }: Keeping, heard: string | null): Promise<void> {
  const acked = await money.kept('acked')
  if (heard === null || acked === undefined) return
  const cloudNow = Date.parse(heard)
  const isLongAgo = (mark: AnsweredMark, ms: number) => cloudNow - Date.parse(mark.at) >= ms
  // another database behind the address begins its 35 days anew, and so does what it had to be sent again
  const still = ((await money.kept('answered')) ?? []).filter(
    (mark) => mark.incarnation === acked.incarnation && !isAfter(mark, acked),
  )
  const last = still.at(-1)
  const marks = last === undefined || isLongAgo(last, MARK_EVERY_MS) ? [...still, { ...acked, at: heard }] : still
  const old = marks.findLastIndex((mark) => isLongAgo(mark, KEEP_MS))
  await money.keep('answered', marks.slice(Math.max(0, old)))
  const mark = marks[old]
  if (mark === undefined) return
  await money.prune(mark)
  await journal.prune({ epoch: mark.epoch, seq: mark.seq }, Math.min(now, cloudNow) - KEEP_MS)
}
