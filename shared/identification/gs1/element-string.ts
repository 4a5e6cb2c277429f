import { ok, type Result, refuse } from '../../result.ts'
import { CHECKS } from './checks.ts'
import { type ApplicationIdentifier, applicationIdentifier, type Component, leadingIdentifier } from './dictionary.ts'

/** One application identifier with its data. */
export interface Element {
  readonly ai: string
  readonly data: string
}

export type ElementProblem =
  | 'no_data'
  | 'no_leading_fnc1'
  | 'unknown_ai'
  | 'too_short'
  | 'too_long'
  | 'bad_character'
  | 'bad_value'

/** What is wrong with which identifier; `check`: the dictionary's name for what does not hold. */
export interface ElementFault {
  readonly ai?: string
  readonly check?: string
}

const NUMERIC = /^\d*$/
const SET_82 = /^[!"%&'()*+,\-./0-9:;<=>?A-Z_a-z]*$/
const SET_39 = /^[#\-/0-9A-Z]*$/
const BASE64URL = /^[0-9A-Za-z_-]*={0,2}$/
const CHARACTERS: Readonly<Record<Component['type'], RegExp>> = { N: NUMERIC, X: SET_82, Y: SET_39, Z: BASE64URL }

/**
 * Reads GS1 data as a symbol holds it; `^` stands for FNC1, which begins it and ends data of no predefined length.
 * A separator after data of a predefined length and one at the very end are let pass, as scanners send them.
 * Source: GS1 General Specifications 7.8, the Barcode Syntax Dictionary.
 */
export function readElementString(text: string): Result<readonly Element[], ElementProblem, ElementFault> {
  if (!text.startsWith('^')) return refuse('no_leading_fnc1', {})
  let rest = text.slice(1)
  if (rest === '') return refuse('no_data', {})
  const elements: Element[] = []
  while (rest !== '') {
    const ai = leadingIdentifier(rest)
    if (ai === undefined) return refuse('unknown_ai', { ai: rest.slice(0, 4) })
    const known = applicationIdentifier(ai)!
    const data = dataAfter(rest.slice(ai.length), known)
    const fault = faultOf(ai, data, known)
    if (fault !== undefined) return fault
    elements.push({ ai, data })
    rest = rest.slice(ai.length + data.length)
    if (rest.startsWith('^')) rest = rest.slice(1)
  }
  return ok(elements)
}

function dataAfter(rest: string, { components, isPredefined }: ApplicationIdentifier): string {
  const end = rest.indexOf('^')
  const data = end === -1 ? rest : rest.slice(0, end)
  if (!isPredefined) return data
  return data.slice(
    0,
    components.reduce((sum, component) => sum + component.most, 0),
  )
}

/** The first thing that is wrong with the data of one identifier, or undefined. */
export function faultOf(
  ai: string,
  data: string,
  { components }: ApplicationIdentifier,
): Result<never, ElementProblem, ElementFault> | undefined {
  let rest = data
  for (const component of components) {
    if (rest === '' && component.optional) break
    if (rest.length < component.least) return refuse('too_short', { ai })
    const part = rest.slice(0, component.most)
    if (!CHARACTERS[component.type].test(part) || !isPadded(component, part)) return refuse('bad_character', { ai })
    const failed = component.checks.find((check) => CHECKS[check]?.(part) === false)
    if (failed !== undefined) return refuse('bad_value', { ai, check: failed })
    rest = rest.slice(part.length)
  }
  return rest === '' ? undefined : refuse('too_long', { ai })
}

/** Base64url that is padded at all is padded to whole groups of three characters, as GS1's own check has it. */
function isPadded({ type }: Component, part: string): boolean {
  return type !== 'Z' || !part.endsWith('=') || part.length % 3 === 0
}

/** The same elements as a symbol holds them, a separator only where one is needed. */
export function writeElementString(elements: readonly Element[]): string {
  let text = '^'
  let needsSeparator = false
  for (const { ai, data } of elements) {
    text += `${needsSeparator ? '^' : ''}${ai}${data}`
    needsSeparator = applicationIdentifier(ai)?.isPredefined !== true
  }
  return text
}
