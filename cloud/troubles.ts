export interface TroublesOptions {
  /** In milliseconds. */
  readonly now: () => number
  /** How often it came since it was written down last, this time included. */
  readonly write: (what: string, error: unknown, times: number) => void
  readonly count: (work: string) => void
}

const SAY_AGAIN_MS = 60_000
const KINDS_MAX = 500

/**
 * Work in the background is tried again for ever, some of it ten times a second. Each failure is counted; the same one is
 * written down once a minute, so that a database that is away does not fill the disk with its own absence.
 */
export function makeTroubles({ now, write, count }: TroublesOptions) {
  const said = new Map<string, { at: number; unsaid: number }>()
  return (work: string, what: string) =>
    (error: unknown): void => {
      count(work)
      const kind = `${work}\n${what}\n${error}`
      const before = said.get(kind)
      if (before !== undefined && now() - before.at < SAY_AGAIN_MS) {
        before.unsaid += 1
        return
      }
      if (said.size >= KINDS_MAX) said.clear()
      said.set(kind, { at: now(), unsaid: 0 })
      write(what, error, (before?.unsaid ?? 0) + 1)
    }
}
