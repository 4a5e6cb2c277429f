/** Where a till stands in the feed. Opaque to it; another database's cursor means beginning again. */
export interface Cursor {
  /** The one it was walked in: what an older protocol did not bring is not behind the walker. */
  readonly protocol: number
  readonly incarnation: string
  readonly seq: bigint
}

export function writeCursor(cursor: Cursor): string {
  return `${cursor.protocol}.${cursor.incarnation}.${cursor.seq}`
}

/** Undefined for a text that this release did not write. */
export function readCursor(text: string): Cursor | undefined {
  const match = /^(\d{1,4})\.([0-9a-f-]{36})\.(\d{1,18})$/.exec(text)
  return match === null ? undefined : { protocol: Number(match[1]), incarnation: match[2]!, seq: BigInt(match[3]!) }
}
