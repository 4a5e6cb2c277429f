/**
 * What scanners put around a code: control characters, a terminator, an AIM identifier. Nothing else is touched, so a
 * code that merely contains spaces or brackets stays what it is. Source: DESIGN 9.
 */
export interface Framed {
  readonly text: string
  /** "E0" for EAN-13, "C1" for GS1-128, "Q1" for QR …; null where the scanner sends none. */
  readonly aim: string | null
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: framing is made of control characters
const EDGES = /^[\u0000-\u0020\u007f\ufeff]+|[\u0000-\u0020\u007f\ufeff]+$/g
const AIM = /^\]([A-Za-z][0-9A-Za-z])/

/** The code without its frame. */
export function unframed(raw: string): Framed {
  const bare = raw.replace(EDGES, '')
  const aim = AIM.exec(bare)
  if (aim === null) return { text: bare, aim: null }
  return { text: bare.slice(aim[0].length).replace(EDGES, ''), aim: aim[1]! }
}

/** The code without what the shop set before and after it; an AIM identifier may stand before that, and stays. */
export function withoutAffixes(text: string, prefix: string, suffix: string): string {
  const aim = prefix !== '' && text.startsWith(prefix) ? '' : (AIM.exec(text)?.[0] ?? '')
  const rest = text.slice(aim.length)
  const start = prefix !== '' && rest.startsWith(prefix) ? prefix.length : 0
  const end = suffix !== '' && rest.endsWith(suffix) ? rest.length - suffix.length : rest.length
  return `${aim}${rest.slice(start, Math.max(start, end))}`
}

/** True where control characters sit inside the code: rubbish on the line, not a card. */
export function hasRubbish(text: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return /[\u0000-\u001f\u007f\ufffd]/.test(text)
}
