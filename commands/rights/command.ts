import { formatHundredths } from '../../shared/money.ts'
import { allot } from '../../shared/rights/allot.ts'
import { progress } from '../output.ts'
import { withDrawnAmounts } from './amounts.ts'
import { Chance } from './chance.ts'
import { joined, type Replayed, replay, silentDays } from './replay.ts'
import type { RiskBounds } from './risk.ts'
import { RIVALS } from './rivals.ts'
import { concluding, introducing, rivalsTable, shareOf, table } from './telling.ts'
import { readVisits, UnknownColumns, type Visit, type Visits } from './visits.ts'
import { BadInput, USAGE, type Wish, wishOf } from './wish.ts'

/** The command by itself: what it is asked, whom it tells; its answer is the exit code. */
export interface Voice {
  readonly say: (sentence: string) => void
  readonly complain: (sentence: string) => void
}

const EXIT_BAD_INPUT = 2
const COMPLAINTS_MAX = 20

export async function rights(args: readonly string[], voice: Voice): Promise<number> {
  try {
    const wish = wishOf(args)
    for (const sentence of wish === null ? [USAGE] : await told(wish, voice)) voice.say(sentence)
    return 0
  } catch (error) {
    if (!(error instanceof BadInput)) throw error
    voice.complain(error.message)
    return EXIT_BAD_INPUT
  }
}

async function told(wish: Wish, voice: Voice): Promise<readonly string[]> {
  const read = await visitsOf(wish.file, voice)
  if (wish.compare) return [rivalsTable(compared(read.visits, wish))]
  const [rights, rightsAndRisk] = [lived(read.visits, wish, false), lived(read.visits, wish, true)]
  if (wish.json) return [JSON.stringify(answer(rights, rightsAndRisk))]
  return [...introducing(wish, read), table(rights, rightsAndRisk), ...concluding(rights, rightsAndRisk)]
}

function answer(rights: Replayed, rightsAndRisk: Replayed) {
  const { offline, online } = rights
  return {
    attempts: offline.attempts,
    served: {
      rights: shareOf(offline.served, offline.attempts),
      rightsAndRisk: shareOf(rightsAndRisk.offline.served, rightsAndRisk.offline.attempts),
    },
    onlineBlocked: shareOf(online.attempts - online.served, online.attempts),
    riskLoss: formatHundredths(rightsAndRisk.lost),
  }
}

/** All seeds that were asked for, added up. */
function lived(visits: readonly Visit[], wish: Wish, withRisk: boolean, allotment = allot): Replayed {
  const tell = progress('seeds replayed')
  const results = Array.from({ length: wish.seeds }, (_, i) => {
    const chance = new Chance(wish.seed + i)
    const sized = wish.drawn ? withDrawnAmounts(visits, chance) : visits
    const isSilent = silentDays(chance, wish.offlineShare)
    const risk = withRisk ? boundsOf(sized, wish) : null
    const result = replay(sized, { ...wish, chance, isSilent, risk, allotment })
    tell(i + 1)
    return result
  })
  return joined(results)
}

function compared(visits: readonly Visit[], wish: Wish) {
  return RIVALS.map(({ name, allotment }) => ({ name, result: lived(visits, wish, false, allotment) }))
}

const MEMBER_PER_DAY = 1n
const TILL_PER_DAY = 20n
const SHOP_PER_DAY = 100n

function boundsOf(visits: readonly Visit[], { riskPerReceipt }: Wish): RiskBounds {
  const amounts = visits.map((visit) => visit.amount).sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
  const perReceipt = riskPerReceipt ?? (amounts[amounts.length >> 1] ?? 0n) / 4n
  return {
    perReceipt,
    perMember: perReceipt * MEMBER_PER_DAY,
    perTill: perReceipt * TILL_PER_DAY,
    perDay: perReceipt * SHOP_PER_DAY,
  }
}

async function visitsOf(file: string, { complain }: Voice): Promise<Visits> {
  const read = await readVisits(file, progress('rows read')).catch((error: NodeJS.ErrnoException) => {
    if (error instanceof UnknownColumns) throw new BadInput(`${file}: ${error.message}`)
    throw new BadInput(
      `${file}: cannot be read (${error.code ?? error.message}); a CSV file, gzipped or not, is allowed`,
    )
  })
  const { problems, visits } = read
  for (const sentence of problems.slice(0, COMPLAINTS_MAX)) complain(`${file}: ${sentence}`)
  if (problems.length > COMPLAINTS_MAX) {
    complain(`${file}: and ${problems.length - COMPLAINTS_MAX} more rows that cannot be used`)
  }
  if (visits.length === 0) throw new BadInput(`${file}: no receipt of a member could be read`)
  return read
}
