import { z } from 'zod'
import { readDigitalLink } from './gs1/digital-link.ts'
import { type Element, readElementString } from './gs1/element-string.ts'
import { symbologyOf } from './symbology.ts'

/**
 * What a symbol holds besides a bare number: GS1 data, a link, JSON, a phone. `text`: what is left to read as a card
 * number or a phone. `goods`: a code of something that is sold, or of a parcel.
 */
export type Payload =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'goods' }
  /** GS1 data with the loyalty number, which does not hold. */
  | { readonly kind: 'misread' }

/** GSRN of a recipient of services: GS1's own number for a loyalty card. */
const LOYALTY_AI = '8018'
/** A member's page may name the card in its query. */
const CARD_PARAMETERS = ['card', 'code', 'number', 'c']
const PAYLOAD_MAX = 4_096

const cardJson = z.union([
  z.looseObject({ card: z.union([z.string(), z.int().transform(String)]) }).transform(({ card }) => card),
  z.looseObject({ number: z.string() }).transform(({ number }) => number),
  z.looseObject({ phone: z.string() }).transform(({ phone }) => phone),
])

/** Looks into a code without its frame; `aim`: letter and modifier, where the scanner tells them. */
export function payloadOf(text: string, aim: string | null): Payload {
  if (text.length > PAYLOAD_MAX) return { kind: 'text', text }
  const isGs1 = (aim !== null && symbologyOf(aim)?.holds === 'gs1') || text.includes('\u001d')
  if (isGs1) {
    const read = readElementString(`^${text.replaceAll('\u001d', '^')}`)
    return read.ok ? fromElements(read.value) : fromUnreadable(text)
  }
  if (/^https?:\/\//i.test(text)) return fromLink(text)
  if (/^tel:/i.test(text)) return { kind: 'text', text: text.slice('tel:'.length) }
  if (text.startsWith('{')) return { kind: 'text', text: fromJson(text) ?? text }
  return { kind: 'text', text }
}

function fromElements(elements: readonly Element[]): Payload {
  const loyalty = elements.find(({ ai }) => ai === LOYALTY_AI)
  return loyalty === undefined ? { kind: 'goods' } : { kind: 'text', text: loyalty.data }
}

/** Labels break GS1's rules often enough; what begins with a trade item or a parcel is one all the same. */
function fromUnreadable(text: string): Payload {
  if (text.startsWith(LOYALTY_AI)) return { kind: 'misread' }
  return /^0[0-2]\d{14}/.test(text) ? { kind: 'goods' } : { kind: 'text', text }
}

function fromLink(text: string): Payload {
  const link = readDigitalLink(text)
  if (link.ok) return fromElements(link.value)
  const query = text.split('#')[0]!.split('?')[1] ?? ''
  for (const part of query.split('&')) {
    const [name = '', value = ''] = part.split('=')
    if (CARD_PARAMETERS.includes(name.toLowerCase()) && value !== '') return { kind: 'text', text: decoded(value) }
  }
  return { kind: 'text', text }
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value)
  } catch {
    return value
  }
}

function fromJson(text: string): string | undefined {
  try {
    return cardJson.safeParse(JSON.parse(text)).data
  } catch {
    return undefined
  }
}
