export interface Rounds {
  /** Waits for the round that is under way, and begins no more. */
  close(): Promise<void>
}

/**
 * Work that is looked for now and then: the next round begins so long after the last has ended, whatever became of it.
 * `isClosed` lets a long round end early.
 */
export function startRounds(
  everyMs: number,
  round: (isClosed: () => boolean) => Promise<unknown>,
  onError: (error: unknown) => void,
): Rounds {
  let closed = false
  let timer: NodeJS.Timeout | undefined
  const look = async () => {
    try {
      await round(() => closed)
    } catch (error) {
      onError(error)
    }
    if (!closed) timer = setTimeout(() => (working = look()), everyMs)
  }
  let working = look()
  return {
    async close() {
      closed = true
      clearTimeout(timer)
      await working
    },
  }
}
