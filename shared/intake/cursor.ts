/** Where a till stands in the feed. Opaque to it; another database's cursor means beginning again. */
export interface Cursor {
  /** The one it was walked in: what an older protocol did not bring is not behind the walker. */
  readonly protocol: number
  readonly incarnation: string
  readonly seq: bigint
  /** Whose visitors it brought; null: everybody. Whoever is to have others begins again. */
  readonly outlet: string | null
}

export function writeCursor({ protocol, incarnation, seq, outlet }: Cursor): string {
  return `${protocol}.${incarnation}.${seq}${outlet === null ? '' : `.${outlet}`}`
}

/** Undefined for a text that this release did not write. */
export function readCursor(text: string): Cursor | undefined {
  const match = /^(\d{1,4})\.([0-9a-f-]{36})\.(\d{1,18})(?:\.(.+))?$/.exec(text)
  if (match === null) return undefined
  const [, protocol, incarnation, seq, outlet] = match
  return { protocol: Number(protocol), incarnation: incarnation!, seq: BigInt(seq!), outlet: outlet ?? null }
}
