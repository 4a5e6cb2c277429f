import { ok, type Result, refuse } from '../../result.ts'
import { applicationIdentifier } from './dictionary.ts'
import { type Element, type ElementFault, type ElementProblem, faultOf } from './element-string.ts'

export interface DigitalLinkOptions {
  /** "gtin" for "01" and the like, as an early version of the standard allowed. */
  readonly permitConvenienceAlphas?: boolean | undefined
  /** GTINs of 8, 12 and 13 digits. */
  readonly permitZeroSuppressedGTINinDLuris?: boolean | undefined
  readonly permitUnknownAIs?: boolean | undefined
  /** False: an unknown identifier is taken for an attribute, where unknown ones are permitted at all. */
  readonly 'validate.UNKNOWN_AI_NOT_DL_ATTR'?: boolean | undefined
}

export type LinkProblem = ElementProblem | 'no_link' | 'no_key' | 'bad_qualifiers' | 'not_an_attribute' | 'repeated'

const ALPHAS: Readonly<Record<string, string>> = {
  sscc: '00',
  gtin: '01',
  gdti: '253',
  gcn: '255',
  ginc: '401',
  gsin: '402',
  gln: '414',
  payTo: '415',
  partyGln: '417',
  grai: '8003',
  giai: '8004',
  itip: '8006',
  cpid: '8010',
  gmn: '8013',
  gsrnp: '8017',
  gsrn: '8018',
  lot: '10',
  ser: '21',
  cpv: '22',
  glnx: '254',
  cpsn: '8011',
  srin: '8019',
  refno: '8020',
}

const ADDRESS = /^https?:\/\/(?:[A-Za-z0-9._~-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?(\/[^?#]*)(?:\?([^#]*))?(?:#.*)?$/i
const ALLOWED = /^[A-Za-z0-9\-._~:/?#[\]@!$&'()*+,;=%]*$/
const LINK_MAX = 2_048

/**
 * The elements in a GS1 Digital Link: the last key of the path with its qualifiers, then the query's attributes; what
 * stands before the key, and query parts without a number for a name, belong to the site. Source: GS1 Digital Link
 * Standard: URI Syntax.
 */
export function readDigitalLink(
  link: string,
  options: DigitalLinkOptions = {},
): Result<readonly Element[], LinkProblem, ElementFault> {
  const [, path, query] = link.length <= LINK_MAX && ALLOWED.test(link) ? (ADDRESS.exec(link) ?? []) : []
  if (path === undefined) return refuse('no_link', {})
  const inPath = readPath(path, options)
  if (!inPath.ok) return inPath
  const inQuery = readQuery(query ?? '', options)
  if (!inQuery.ok) return inQuery

  const key = inPath.value[0]!
  const qualifiers = inPath.value.slice(1).map(({ ai }) => ai)
  const orders = applicationIdentifier(key.ai)!.qualifiers!
  if (!orders.some((order) => isPartOf(qualifiers, order))) return refuse('bad_qualifiers', { ai: key.ai })
  const elements = [...inPath.value, ...inQuery.value]
  const seen = new Set<string>()
  for (const { ai, data } of elements) {
    if (seen.has(ai)) return refuse('repeated', { ai })
    seen.add(ai)
    const known = applicationIdentifier(ai)
    const fault = known === undefined ? undefined : faultOf(ai, data, known)
    if (fault !== undefined) return fault
  }
  for (const { ai } of inQuery.value) {
    // an attribute that could have been a qualifier in this path belongs there
    const fits = orders.some((order) => order.includes(ai) && qualifiers.every((each) => order.includes(each)))
    if (fits || !isAttribute(ai, options)) return refuse('not_an_attribute', { ai })
  }
  return ok(elements)
}

function readPath(path: string, options: DigitalLinkOptions): Result<readonly Element[], LinkProblem, ElementFault> {
  const parts = path.split('/').slice(1)
  const elements: Element[] = []
  for (let at = parts.length - 2; at >= 0; at -= 2) {
    const ai = numberOf(parts[at]!, options)
    const known = ai === undefined ? undefined : applicationIdentifier(ai)
    if (ai === undefined || known === undefined) break
    const data = decoded(parts[at + 1]!)
    if (data === undefined || data === '') return refuse('bad_character', { ai })
    elements.unshift({ ai, data: padded(ai, data, options) })
    if (known.qualifiers !== undefined) return ok(elements)
  }
  return refuse('no_key', {})
}

function readQuery(query: string, options: DigitalLinkOptions): Result<readonly Element[], LinkProblem, ElementFault> {
  const elements: Element[] = []
  for (const part of query.split(/[&;]/)) {
    const [name = '', ...values] = part.split('=')
    if (values.length === 0 || !/^\d+$/.test(name)) continue
    const known = applicationIdentifier(name)
    if (known === undefined && options.permitUnknownAIs !== true) return refuse('unknown_ai', { ai: name })
    const data = decoded(values.join('=').replaceAll('+', ' '))
    if (data === undefined || data === '') return refuse('bad_character', { ai: name })
    elements.push({ ai: name, data: padded(name, data, options) })
  }
  return ok(elements)
}

function numberOf(name: string, options: DigitalLinkOptions): string | undefined {
  if (/^\d{2,4}$/.test(name)) return name
  return options.permitConvenienceAlphas === true && Object.hasOwn(ALPHAS, name) ? ALPHAS[name] : undefined
}

function isAttribute(ai: string, options: DigitalLinkOptions): boolean {
  const known = applicationIdentifier(ai)
  return known === undefined ? options['validate.UNKNOWN_AI_NOT_DL_ATTR'] === false : known.isAttribute
}

/** A part of an order, in that order. */
function isPartOf(qualifiers: readonly string[], order: readonly string[]): boolean {
  let at = -1
  return qualifiers.every((qualifier) => {
    const next = order.indexOf(qualifier, at + 1)
    at = next
    return next !== -1
  })
}

function decoded(text: string): string | undefined {
  try {
    const plain = decodeURIComponent(text)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
    return /[\u0000-\u001f\u007f]/.test(plain) ? undefined : plain
  } catch {
    return undefined
  }
}

function padded(ai: string, data: string, options: DigitalLinkOptions): string {
  const isShort = ai === '01' && /^(\d{8}|\d{12}|\d{13})$/.test(data)
  return isShort && options.permitZeroSuppressedGTINinDLuris === true ? data.padStart(14, '0') : data
}
