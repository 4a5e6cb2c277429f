/**
 * How long what the cloud has answered for is kept by whoever could give it back: 35 days from the answer, so that a
 * cloud which comes back from a backup gets everything again. Counted by the cloud's clock alone: when an entry was
 * written is a till's word, which may be off by days, and one that was away for weeks has its answers today. Rules S26,
 * S32, S184.
 */
export const KEEP_MS = 35 * 86_400_000
const MARK_EVERY_MS = 86_400_000

/** Up to which entry of a stream the cloud holds it, and which database said so. */
export interface Answered {
  readonly epoch: number
  readonly seq: number
  readonly incarnation: string
  /** The cloud's clock with that answer; missing where nobody here knows when it was. */
  readonly at?: string
}

export interface AnsweredMark extends Answered {
  readonly at: string
}

export interface KeptLong {
  /** What is to be remembered until the cloud is heard again, from the oldest on. */
  readonly marks: readonly AnsweredMark[]
  /** Everything up to here was answered for long ago. */
  readonly old: AnsweredMark | undefined
}

/**
 * `heard`: the cloud's clock when it was last heard, which may be long before the answer where whoever asks was started
 * in between: it says what is old, not when the days begin. Another database behind the address begins them anew.
 */
export function keptLong(
  before: readonly AnsweredMark[],
  answered: Answered,
  heard: string,
  keepMs = KEEP_MS,
): KeptLong {
  const isLongAgo = (mark: AnsweredMark, ms: number) => Date.parse(heard) - Date.parse(mark.at) >= ms
  // and so does what a database had to be sent again
  const still = before.filter(
    ({ incarnation, epoch, seq }) =>
      incarnation === answered.incarnation &&
      (epoch < answered.epoch || (epoch === answered.epoch && seq <= answered.seq)),
  )
  const last = still.at(-1)
  const isDue = last === undefined || (last.at !== answered.at && isLongAgo(last, MARK_EVERY_MS))
  const marks = isDue && isDated(answered) ? [...still, answered] : still
  const old = marks.findLastIndex((mark) => isLongAgo(mark, keepMs))
  return { marks: marks.slice(Math.max(0, old)), old: marks[old] }
}

const isDated = (answered: Answered): answered is AnsweredMark => answered.at !== undefined
