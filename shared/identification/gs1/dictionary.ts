import { assert } from '../../result.ts'
import { AI_TABLE } from './ai-table.ts'
import { CHECKS, NOT_LOOKED_INTO } from './checks.ts'

/** One part of an element's data. */
export interface Component {
  readonly type: 'N' | 'X' | 'Y' | 'Z'
  readonly least: number
  readonly most: number
  readonly optional: boolean
  /** Names of checks in `checks.ts`. */
  readonly checks: readonly string[]
}

export interface ApplicationIdentifier {
  readonly components: readonly Component[]
  /** No separator has to follow. */
  readonly isPredefined: boolean
  /** May stand in the query of a Digital Link. */
  readonly isAttribute: boolean
  /** Missing: no Digital Link begins with it. Else the orders of qualifiers that may follow. */
  readonly qualifiers?: readonly (readonly string[])[]
}

const LINE = /^(\S+) ([*?]+ )?((?:\[?[NXYZ]\S+ ?)+)(?:dlpkey(?:=(\S+))?)?$/

const table = new Map<string, ApplicationIdentifier>()
/** The first two digits tell how long an identifier is. */
const lengths = new Map<string, number>()

for (const line of AI_TABLE.trim().split('\n')) {
  const [, range = '', flags = '', components = '', keys] = LINE.exec(line) ?? []
  assert(range !== '', 'a line of the table has its form')
  const found: ApplicationIdentifier = {
    components: components.trim().split(' ').map(component),
    isPredefined: flags.includes('*'),
    isAttribute: flags.includes('?'),
    ...(line.includes('dlpkey') ? { qualifiers: (keys ?? '').split('|').map((order) => order.split(',')) } : {}),
  }
  for (const ai of numbersOf(range)) {
    table.set(ai, found)
    lengths.set(ai.slice(0, 2), ai.length)
  }
}

function numbersOf(range: string): string[] {
  const [from = '', to = from] = range.split('-')
  return Array.from({ length: Number(to) - Number(from) + 1 }, (_, i) =>
    String(Number(from) + i).padStart(from.length, '0'),
  )
}

function component(text: string): Component {
  const optional = text.startsWith('[')
  const [form = '', ...checks] = text.replace(/[[\]]/g, '').split(',')
  const most = Number(form.replace(/^[NXYZ](\.\.)?/, ''))
  for (const check of checks) assert(check in CHECKS || NOT_LOOKED_INTO.includes(check), 'every check has its code')
  const least = form.includes('..') ? 1 : most
  return { type: form[0] as Component['type'], least, most, optional, checks }
}

/** What GS1 says of an identifier; undefined where there is none of that number. */
export function applicationIdentifier(ai: string): ApplicationIdentifier | undefined {
  return table.get(ai)
}

/** The identifier that data begins with, known or, with an unknown first pair of digits, undefined. */
export function leadingIdentifier(data: string): string | undefined {
  const length = lengths.get(data.slice(0, 2))
  if (length === undefined) return undefined
  const ai = data.slice(0, length)
  return table.has(ai) ? ai : undefined
}
