import { parseArgs } from 'node:util'
import { parseHundredths } from '../../shared/money.ts'
import { parseScaled } from '../../shared/rational.ts'

/** What was asked for on the command line. */
export const USAGE = `usage: rights --visits FILE.csv[.gz] [options]

Lives past visits through again, with shops that lose their network for whole days, and counts the redemptions there
that rights allotted beforehand would have served. The file has a row for each receipt or each of its lines, with
receipt_id, member_id, outlet, at, amount (as for the import), or
basket_id, household_id, store_id, transaction_timestamp, sales_value.

  --offline SHARE   share of the days of each shop without a network, 0 to 1 (0.03)
  --tills N         tills of a shop (1); they pass rights on to one another
  --alone           they do not
  --seed S          whole number that all chance depends on (1)
  --seeds N         so many seeds from S on, added up (1)
  --earn PERCENT    what each receipt earns of the money paid (5)
  --burn PERCENT    what each receipt allows to redeem (50)
  --amounts WHICH   drawn: lognormal, each member's around their own mean, P90 3.2 times the median (default, for files
                    that hold a sample of the lines); real: as in the file
  --risk POINTS     the most that one receipt may redeem at risk (a quarter of the median receipt); a member may as much
                    a day, a till twenty times, a shop a hundred times
  --compare         other ways of allotting on the same days and receipts
  --json            {attempts, served: {rights, rightsAndRisk}, onlineBlocked, riskLoss}: attempts = redemptions asked
                    for offline; served = share of them served in full, by rights alone and with risk beyond them;
                    onlineBlocked = share of the redemptions asked for online not served in full, because rights lay at
                    a shop without a network; riskLoss = points redeemed at risk that were no longer there. A share of
                    nothing is null.`

/** What was asked for cannot be done; the sentence says why. */
export class BadInput extends Error {}

export interface Wish {
  readonly file: string
  readonly offlineShare: number
  readonly tills: number
  readonly passOn: boolean
  readonly seed: number
  readonly seeds: number
  readonly earnPercent: bigint
  readonly burnPercent: bigint
  readonly drawn: boolean
  readonly riskPerReceipt: bigint | null
  readonly compare: boolean
  readonly json: boolean
}

const OPTIONS = {
  visits: { type: 'string' },
  offline: { type: 'string', default: '0.03' },
  tills: { type: 'string', default: '1' },
  alone: { type: 'boolean', default: false },
  seed: { type: 'string', default: '1' },
  seeds: { type: 'string', default: '1' },
  earn: { type: 'string', default: '5' },
  burn: { type: 'string', default: '50' },
  amounts: { type: 'string', default: 'drawn' },
  risk: { type: 'string' },
  compare: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const

/** Null where only help is wanted. */
export function wishOf(args: readonly string[]): Wish | null {
  const values = optionsOf(args)
  if (values.help) return null
  if (values.visits === undefined) throw new BadInput(USAGE)
  const risk = values.risk === undefined ? null : read('--risk', values.risk, amountOf, 'points such as 5.00')
  return {
    file: values.visits,
    offlineShare: read('--offline', values.offline, shareFrom, 'a share from 0 to 1 such as 0.03'),
    tills: read('--tills', values.tills, wholeFrom(1, TILLS_MAX), `a whole number from 1 to ${TILLS_MAX}`),
    passOn: !values.alone,
    seed: read('--seed', values.seed, wholeFrom(0, SEED_MAX), `a whole number from 0 to ${SEED_MAX}`),
    seeds: read('--seeds', values.seeds, wholeFrom(1, SEEDS_MAX), `a whole number from 1 to ${SEEDS_MAX}`),
    earnPercent: read('--earn', values.earn, percentFrom, PERCENT),
    burnPercent: read('--burn', values.burn, percentFrom, PERCENT),
    drawn: read('--amounts', values.amounts, (text) => ({ drawn: true, real: false })[text], 'drawn or real'),
    riskPerReceipt: risk,
    compare: values.compare,
    json: values.json,
  }
}

const TILLS_MAX = 100
const SEEDS_MAX = 1000
const SEED_MAX = 2 ** 32 - 1
const PERCENT = 'a percent from 0 to 100 such as 5 or 12.5'

function optionsOf(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS }).values
  } catch (error) {
    throw new BadInput(`${(error as Error).message}\n\n${USAGE}`)
  }
}

function read<T>(name: string, text: string, parse: (text: string) => T | undefined, allowed: string): T {
  const value = parse(text)
  if (value === undefined) throw new BadInput(`${name}: found "${text}"; ${allowed} is allowed`)
  return value
}

function shareFrom(text: string): number | undefined {
  const scaled = parseScaled(text, 9)
  return scaled === undefined || scaled > 10n ** 9n ? undefined : Number(text)
}

function percentFrom(text: string): bigint | undefined {
  const scaled = parseScaled(text, 2)
  return scaled === undefined || scaled > 10_000n ? undefined : scaled
}

function amountOf(text: string): bigint | undefined {
  const amount = parseHundredths(text)
  return amount === undefined || amount < 0n ? undefined : amount
}

const wholeFrom = (least: number, most: number) => (text: string) => {
  const number = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN
  return number >= least && number <= most ? number : undefined
}
