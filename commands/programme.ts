import { readFileSync } from 'node:fs'
import { formatHundredths, parseHundredths } from '../shared/money.ts'
import { ADVICE_DEFAULTS, adviseOn } from '../shared/programme/advice.ts'
import { describeProgramme } from '../shared/programme/describe.ts'
import { type ProgrammeDocument, parseProgramme } from '../shared/programme/schema.ts'
import { compared, percentOf, type Simulated, simulate } from '../shared/programme/simulate.ts'
import { parseScaled } from '../shared/rational.ts'
import { readHistory } from './history.ts'

/**
 * `programme check FILE`: errors (exit 2) and warnings (exit 0) in words.
 * `programme explain FILE [--lang ru|en]`: the programme in sentences.
 * `programme simulate FILE --history FILE.csv [--against FILE2]`: what it would have done to past receipts.
 */
const EXIT_BAD_INPUT = 2
const USAGE = `usage: programme check FILE [--generous PERCENT] [--receipt AMOUNT]
       programme explain FILE [--lang ru|en]
       programme simulate FILE --history FILE.csv [--against FILE2]`

/** What was read cannot be used; the sentences say why. */
class BadInput extends Error {
  readonly sentences: readonly string[]
  constructor(sentences: readonly string[]) {
    super(sentences.join('\n'))
    this.sentences = sentences
  }
}

function main(args: readonly string[]): void {
  const [command, file] = args
  if (file === undefined || file.startsWith('--')) throw new BadInput([USAGE])
  if (command === 'check') check(file, args)
  else if (command === 'explain') explain(file, args)
  else if (command === 'simulate') simulateOn(file, args)
  else throw new BadInput([USAGE])
}

function check(file: string, args: readonly string[]): void {
  const programme = readProgramme(file)
  const settings = {
    generousPercent: option(args, '--generous') ?? ADVICE_DEFAULTS.generousPercent,
    usualReceipt: option(args, '--receipt') ?? ADVICE_DEFAULTS.usualReceipt,
  }
  if (parseScaled(settings.generousPercent, 4) === undefined || parseHundredths(settings.usualReceipt) === undefined) {
    throw new BadInput(['--generous takes a percent such as 30, --receipt an amount such as 500.00'])
  }
  const warnings = adviseOn(programme, settings)
  for (const warning of warnings) say(`warning: ${warning.message}`)
  const { rules } = programme
  const count = rules.client.length + rules.goods.length + rules.behaviour.length + rules.receipt.length
  say(`${programme.id} version ${programme.version}: ${count} rules, no errors, warnings: ${warnings.length}`)
}

function explain(file: string, args: readonly string[]): void {
  const language = option(args, '--lang') ?? 'en'
  if (language !== 'ru' && language !== 'en') throw new BadInput([`--lang: found "${language}"; ru or en is allowed`])
  for (const sentence of describeProgramme(readProgramme(file), language)) say(sentence)
}

function simulateOn(file: string, args: readonly string[]): void {
  const historyFile = option(args, '--history')
  if (historyFile === undefined) throw new BadInput([USAGE])
  const programme = readProgramme(file)
  const against = option(args, '--against')
  const other = against === undefined ? null : readProgramme(against)
  const { receipts, problems } = readHistory(read(historyFile))
  for (const sentence of problems) process.stderr.write(`${historyFile}: ${sentence}\n`)
  if (receipts.length === 0) throw new BadInput([`${historyFile}: no receipt could be read`])
  const one = simulate(programme, receipts)
  tell(`${programme.id} version ${programme.version}`, one)
  if (other === null) return
  const two = simulate(other, receipts)
  tell(`${other.id} version ${other.version}`, two)
  const { more, less, same, difference } = compared(one, two)
  say(
    `Under the second, ${more} receipts earn more, ${less} less and ${same} the same: ${formatHundredths(difference)} points in all.`,
  )
}

function tell(title: string, result: Simulated): void {
  const points = formatHundredths
  say(`${title}:`)
  say(
    `  receipts ${result.receipts}, with a member ${result.withMember}, paid with money ${formatHundredths(result.revenue)}`,
  )
  say(`  earned ${points(result.earned)} points, ${percentOf(result.earned, result.revenue)} per 100 of money paid`)
  if (result.earnedThen !== null) say(`  the history says ${points(result.earnedThen)} points were earned`)
  say(`  redeemed ${points(result.redeemed)} points, of ${points(result.redeemable)} that could have been`)
  say(`  outstanding at the end ${points(result.outstanding)} points`)
}

function readProgramme(file: string): ProgrammeDocument {
  const text = read(file)
  let json: unknown
  try {
    json = JSON.parse(text.replace(/^\uFEFF/, ''))
  } catch (error) {
    throw new BadInput([`${file}: no JSON (${(error as Error).message}); a programme document is allowed`])
  }
  const parsed = parseProgramme(json)
  if (!parsed.ok) throw new BadInput(parsed.detail.map((problem) => `error: ${problem.message}`))
  return parsed.value
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new BadInput([`${file}: cannot be read (${(error as NodeJS.ErrnoException).code ?? error})`])
  }
}

function option(args: readonly string[], name: string): string | undefined {
  const place = args.indexOf(name)
  return place === -1 ? undefined : args[place + 1]
}

function say(sentence: string): void {
  process.stdout.write(`${sentence}\n`)
}

try {
  main(process.argv.slice(2))
} catch (error) {
  if (!(error instanceof BadInput)) throw error
  for (const sentence of error.sentences) process.stderr.write(`${sentence}\n`)
  process.exitCode = EXIT_BAD_INPUT
}
