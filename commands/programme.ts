import { readFileSync } from 'node:fs'
import type { ParseArgsConfig } from 'node:util'
import { formatHundredths, parseHundredths } from '../shared/money.ts'
import { ADVICE_DEFAULTS, adviseOn } from '../shared/programme/advice.ts'
import { describeProgramme } from '../shared/programme/describe.ts'
import { saidTwice } from '../shared/programme/said-twice.ts'
import { type ProgrammeDocument, parseProgramme } from '../shared/programme/schema.ts'
import {
  compared,
  type PastReceipt,
  percentOf,
  rulesOutOfSight,
  type Simulated,
  simulate,
  usualCardType,
} from '../shared/programme/simulate.ts'
import { parseScaled } from '../shared/rational.ts'
import { type History, readHistory } from './history.ts'
import { complain, progress, say } from './output.ts'
import { readOptions } from './read-options.ts'

/**
 * `programme check FILE`: errors (exit 2) and warnings (exit 0) in words.
 * `programme explain FILE [--lang ru|en]`: the programme in sentences.
 * `programme simulate FILE --history FILE.csv[.gz] [--against FILE2] [--card-type TYPE]`: what it would have done to past receipts.
 */
const EXIT_BAD_INPUT = 2
const NO_BREAK = '\u00a0' // for screens that wrap; whoever searches a terminal types a plain space
const USAGE = `usage: programme check FILE [--generous PERCENT] [--receipt AMOUNT]
       programme explain FILE [--lang ru|en]
       programme simulate FILE --history FILE.csv[.gz] [--against FILE2] [--card-type TYPE]`

/** What was read cannot be used; the sentences say why. */
class BadInput extends Error {
  readonly sentences: readonly string[]
  constructor(sentences: readonly string[]) {
    super(sentences.join('\n'))
    this.sentences = sentences
  }
}

const TEXT = { type: 'string' } as const
const HELP = { help: { type: 'boolean', short: 'h' } } as const

async function main([command, ...args]: readonly string[]): Promise<void> {
  switch (command) {
    case 'check': {
      const { values, positionals } = read({ ...HELP, generous: TEXT, receipt: TEXT }, args)
      if (values.help) return say(USAGE)
      return check(theOnly(positionals), values)
    }
    case 'explain': {
      const { values, positionals } = read({ ...HELP, lang: TEXT }, args)
      if (values.help) return say(USAGE)
      return explain(theOnly(positionals), values.lang)
    }
    case 'simulate': {
      const { values, positionals } = read({ ...HELP, history: TEXT, against: TEXT, 'card-type': TEXT }, args)
      if (values.help) return say(USAGE)
      return await simulateOn(theOnly(positionals), values)
    }
    case '--help':
    case '-h':
      return say(USAGE)
    default:
      throw new BadInput([USAGE])
  }
}

function read<T extends NonNullable<ParseArgsConfig['options']>>(options: T, args: readonly string[]) {
  return readOptions({ args: [...args], options, allowPositionals: true, strict: true }, USAGE)
}

function theOnly([file, ...more]: readonly string[]): string {
  if (file === undefined || more.length > 0) throw new BadInput([USAGE])
  return file
}

interface CheckOptions {
  readonly generous?: string | undefined
  readonly receipt?: string | undefined
}

function check(file: string, { generous, receipt }: CheckOptions): void {
  const programme = readProgramme(file)
  const settings = {
    generousPercent: generous ?? ADVICE_DEFAULTS.generousPercent,
    usualReceipt: receipt ?? ADVICE_DEFAULTS.usualReceipt,
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

function explain(file: string, language = 'en'): void {
  if (language !== 'ru' && language !== 'en') throw new BadInput([`--lang: found "${language}"; ru or en is allowed`])
  for (const sentence of describeProgramme(readProgramme(file), language)) say(sentence.replaceAll(NO_BREAK, ' '))
}

interface SimulateOptions {
  readonly history?: string | undefined
  readonly against?: string | undefined
  readonly 'card-type'?: string | undefined
}

async function simulateOn(file: string, options: SimulateOptions): Promise<void> {
  const { history: historyFile, against, 'card-type': cardType } = options
  if (historyFile === undefined) throw new BadInput([USAGE])
  const programme = readProgramme(file)
  const other = against === undefined ? null : readProgramme(against)
  const { receipts, rows, problems } = await historyOf(historyFile)
  for (const sentence of problems.slice(0, COMPLAINTS_MAX)) complain(`${historyFile}: ${sentence}`)
  if (problems.length > COMPLAINTS_MAX) {
    complain(`${historyFile}: and ${problems.length - COMPLAINTS_MAX} more rows that cannot be used`)
  }
  if (receipts.length === 0) throw new BadInput([`${historyFile}: no receipt could be read`])
  say(`${historyFile}: ${rows} rows, ${receipts.length} receipts, rows that cannot be used: ${problems.length}`)
  const one = tell(programme, receipts, cardType)
  if (other === null) return
  const two = tell(other, receipts, cardType)
  const { more, less, same, difference } = compared(one, two)
  say(
    `Under the second, ${more} receipts earn more, ${less} less and ${same} the same: ${formatHundredths(difference)} points in all.`,
  )
}

const COMPLAINTS_MAX = 20

async function historyOf(file: string): Promise<History> {
  try {
    return await readHistory(file, progress('rows read'))
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    throw new BadInput([`${file}: cannot be read (${code ?? message}); a CSV file, gzipped or not, is allowed`])
  }
}

const RULES_TOLD_MAX = 10

function tell(
  programme: ProgrammeDocument,
  receipts: readonly PastReceipt[],
  cardType = usualCardType(programme),
): Simulated {
  const title = `${programme.id} version ${programme.version}`
  const result = simulate(programme, receipts, { cardType, onReceipts: progress(`${title}, receipts quoted`) })
  const points = formatHundredths
  say(`${title}:`)
  say(
    `  receipts ${result.receipts}, with a member ${result.withMember} (members ${result.members}), paid with money ${points(result.revenue)}`,
  )
  say(
    `  earned ${points(result.earned)} points, ${percentOf(result.earned, result.revenueOfMembers)} per 100 of what members paid with money`,
  )
  if (result.earnedThen !== null) say(`  the history says ${points(result.earnedThen)} points were earned`)
  say(`  receipts of members that earned nothing ${result.earnedNothing}`)
  say(
    `  redeemed ${points(result.redeemed)} points of the ${points(result.redeemedThen)} that were redeemed then; each receipt by itself could have taken ${points(result.redeemable)}`,
  )
  say(`  outstanding at the end ${points(result.outstanding)} points`)
  const wins = result.wins.slice(0, RULES_TOLD_MAX).map(([rule, lines]) => `${rule} ${lines}`)
  if (wins.length > 0) say(`  rules by the lines they won: ${wins.join(', ')}`)
  say(
    `  every member is taken to hold a card of type ${cardType}, without tier, segments, birthday or terms; points may be spent at once and never expire`,
  )
  const unseen = rulesOutOfSight(programme, cardType)
  if (unseen.length > 0) say(`  rules that therefore had no say (${unseen.length}): ${shortened(unseen)}`)
  return result
}

function shortened(ids: readonly string[]): string {
  return ids.slice(0, RULES_TOLD_MAX).join(', ') + (ids.length > RULES_TOLD_MAX ? ', …' : '')
}

function readProgramme(file: string): ProgrammeDocument {
  const text = contentOf(file)
  let json: unknown
  try {
    json = JSON.parse(text.replace(/^\uFEFF/, ''))
  } catch (error) {
    throw new BadInput([`${file}: no JSON (${(error as Error).message}); a programme document is allowed`])
  }
  const parsed = parseProgramme(json)
  const problems = [...saidTwice(text), ...(parsed.ok ? [] : parsed.detail)]
  if (!parsed.ok || problems.length > 0) throw new BadInput(problems.map((problem) => `error: ${problem.message}`))
  return parsed.value
}

function contentOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new BadInput([`${file}: cannot be read (${(error as NodeJS.ErrnoException).code ?? error})`])
  }
}

try {
  await main(process.argv.slice(2))
} catch (error) {
  if (!(error instanceof BadInput)) throw error
  for (const sentence of error.sentences) complain(sentence)
  process.exitCode = EXIT_BAD_INPUT
}
