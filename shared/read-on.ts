/** What is used of a request that still comes in. */
interface Incoming {
  readonly readableEnded: boolean
  readonly destroyed: boolean
  on(event: 'data', heard: (piece: { readonly length: number }) => void): unknown
  once(event: 'end' | 'close' | 'error', heard: () => void): unknown
  resume(): unknown
}

const READ_ON_BYTES_MAX = 16 * 1024 * 1024
/** How long it may take at most. */
export const READ_ON_MS = 2_000

/**
 * The rest of a body that is too large, within bounds and until `enough` has come: of a connection that closed under a
 * client which still writes, the client would never see the answer.
 */
export function readOn(raw: Incoming, enough: Promise<void>): Promise<void> {
  return new Promise((resolve) => {
    if (raw.readableEnded || raw.destroyed) return resolve()
    let bytes = 0
    void enough.then(resolve)
    raw.on('data', (piece) => {
      bytes += piece.length
      if (bytes > READ_ON_BYTES_MAX) resolve()
    })
    for (const end of ['end', 'close', 'error'] as const) raw.once(end, resolve)
    raw.resume()
  })
}
