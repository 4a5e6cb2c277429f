/**
 * What a magnetic stripe holds, as readers that play a keyboard send it: `%…?` for track 1, `;…?` for track 2, `+…?` or a
 * second `;…?` for track 3. Any track may be missing, and a track that could not be read is an `E`.
 */
export interface Stripe {
  /** The card's number; null where no track tells one. */
  readonly number: string | null
  readonly tracks: readonly string[]
  readonly isMisread: boolean
}

const TRACKS = /^(?:[%;+][^%;+?]{0,120}\?.?){1,3}$/
const TRACK = /[%;+]([^%;+?]*)\?/g
const STRIPE_MAX = 400
/** Track 1: format code, number, name. Track 2: number, then what the issuer likes. Or nothing but the number. */
const NUMBER = /^(?:[A-Z](?=\d+\^))?(\d{4,32})(?=[\^=]|$)|^([0-9A-Z]{4,40})$/i

/** Undefined where it is no stripe. */
export function readStripe(text: string): Stripe | undefined {
  if (text.length > STRIPE_MAX || !TRACKS.test(text)) return undefined
  const tracks = [...text.matchAll(TRACK)].map(([, track = '']) => track)
  const numbers = tracks.flatMap((track) => {
    const [, digits, plain] = NUMBER.exec(track) ?? []
    return digits ?? plain ?? []
  })
  // Digits come before letters: track 2 has the number alone, track 1 may have a name.
  const number = numbers.find((each) => /^\d+$/.test(each)) ?? numbers[0] ?? null
  return { number, tracks, isMisread: number === null && tracks.includes('E') }
}
