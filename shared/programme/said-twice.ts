import { type Problem, problem } from './problems.ts'

/** Strings whole, so that a brace within one is none; and what opens, parts and ends objects and lists. */
const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\],]/gs
const TOLD_MAX = 20

interface Inside {
  /** null: a list. */
  readonly names: Set<string> | null
  /** Where it is: the name that was read last, in a list how many commas came before. */
  name: string
  place: number
  isNameNext: boolean
}

/**
 * Names that stand twice in one object of a document, whose text is JSON: the last would count and the first be lost
 * without a word, and with it the rules that its owner wrote there.
 */
export function saidTwice(text: string): Problem[] {
  const problems: Problem[] = []
  const stack: Inside[] = []
  for (const [token] of text.matchAll(TOKEN)) {
    const top = stack.at(-1)
    if (token === '{') stack.push({ names: new Set(), name: '', place: 0, isNameNext: true })
    else if (token === '[') stack.push({ names: null, name: '', place: 0, isNameNext: false })
    else if (token === '}' || token === ']') stack.pop()
    else if (top === undefined) continue
    else if (token === ',') {
      if (top.names === null) top.place += 1
      else top.isNameNext = true
    } else if (top.names !== null && top.isNameNext) {
      const name = JSON.parse(token) as string
      top.name = name
      top.isNameNext = false
      if (top.names.has(name)) {
        problems.push(
          problem(
            stack.map(({ names, name, place }) => (names === null ? place : name)),
            'it a second time',
            'each name once in an object',
          ),
        )
        if (problems.length === TOLD_MAX) return problems
      }
      top.names.add(name)
    }
  }
  return problems
}
