import { readFileSync } from 'node:fs'
import { compileProgramme } from '../shared/programme/compile.ts'
import { type Problem, problem, show } from '../shared/programme/problems.ts'
import { parseQuoteCase, type QuoteCase, quoteToJson, within } from '../shared/quote/json.ts'
import { quote } from '../shared/quote/quote.ts'
import { complain, say } from './output.ts'
import { readOptions } from './read-options.ts'

/**
 * `quote FILE.json`: a worked case, or an array of them, in; the quote, or an array of quotes, out. A document that is
 * not one is refused on stderr with path, what was found and what is allowed; exit 2.
 */
const USAGE = `usage: npm run -s quote -- FILE.json

  FILE.json   a case {"programme":…,"receipt":…,…}, or an array of them

Prints the quote, or an array of quotes. Ends with 0, or with 2 where the file cannot be read or is no such case.`
const EXIT_BAD_INPUT = 2

function main([file, ...more]: readonly string[]): number {
  if (file === undefined || more.length > 0) return refused([USAGE])
  const json = readJson(file)
  if (typeof json === 'string') return refused([json])
  const documents = Array.isArray(json.value) ? json.value : [json.value]
  const cases: QuoteCase[] = []
  const problems: Problem[] = []
  for (const [i, document] of documents.entries()) {
    const parsed = parseQuoteCase(document)
    if (parsed.ok) cases.push(parsed.value)
    else problems.push(...parsed.detail.map((found) => (Array.isArray(json.value) ? within(`[${i}]`, found) : found)))
  }
  if (problems.length > 0) return refused(problems.map((found) => found.message))
  const answers = cases.map(answer)
  say(JSON.stringify(Array.isArray(json.value) ? answers : answers[0], null, 2))
  return 0
}

function answer({ programme, request }: QuoteCase): unknown {
  const quoted = quote(compileProgramme(programme), request)
  if (!quoted.ok) return { error: quoted.reason }
  const { rewards, ...rest } = quoteToJson(quoted.value)
  return rewards.length === 0 ? rest : { ...rest, rewards }
}

function readJson(file: string): { value: unknown } | string {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    return `${file}: cannot be read (${(error as NodeJS.ErrnoException).code ?? error}); a JSON file is allowed`
  }
  try {
    return { value: JSON.parse(text.replace(/^\uFEFF/, '')) }
  } catch (error) {
    return problem([file], `no JSON (${(error as Error).message}), beginning ${show(text)}`, 'a JSON document').message
  }
}

function refused(sentences: readonly string[]): number {
  for (const sentence of sentences) complain(sentence)
  return EXIT_BAD_INPUT
}

const { values, positionals } = readOptions(
  { options: { help: { type: 'boolean', short: 'h' } }, allowPositionals: true, strict: true },
  USAGE,
)
if (values.help) say(USAGE)
else process.exitCode = main(positionals)
