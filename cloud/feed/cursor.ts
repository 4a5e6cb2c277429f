/** Where a till stands in the feed. Opaque to it; another database's cursor means beginning again. */
export interface Cursor {
  readonly incarnation: string
  readonly seq: bigint
}

export function writeCursor(cursor: Cursor): string {
  return `1.${cursor.incarnation}.${cursor.seq}`
}

/** Undefined for a text that this release did not write. */
export function readCursor(text: string): Cursor | undefined {
  const match = /^1\.([0-9a-f-]{36})\.(\d{1,18})$/.exec(text)
  return match === null ? undefined : { incarnation: match[1]!, seq: BigInt(match[2]!) }
}
