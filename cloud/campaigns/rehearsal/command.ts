import { Complaint } from '../../complaint.ts'
import type { CommandLine } from '../../options.ts'
import { rehearse } from './rehearse.ts'

const TOLD_EVERY_DAYS = 30

/** `npm run -s cloud -- rehearse --seed N --members N --days N --json`. */
export async function rehearseCommand({ flags }: CommandLine): Promise<void> {
  const [seed, members, days] = [
    whole('seed', flags.seed, '1', 0, 2 ** 31 - 1),
    whole('members', flags.members, '1000', 1, 1_000_000),
    whole('days', flags.days, '365', 1, 3660),
  ]
  const told = (day: number) => {
    if ((day + 1) % TOLD_EVERY_DAYS === 0) process.stderr.write(`day ${day + 1} of ${days}\n`)
  }
  const done = await rehearse({ seed, members, days, told })
  if (flags.json) {
    process.stdout.write(`${JSON.stringify(done)}\n`)
    return
  }
  const percent = (share: number) => `${(share * 100).toFixed(1)} %`
  const { uplift, budget } = done
  const lines = Object.entries(done.touches).map(
    ([touch, { due, sent, early, late, twice }]) =>
      `  ${touch}: ${due} due, ${sent} sent, ${early} early, ${late} late, ${twice} twice`,
  )
  process.stdout.write(`${members} members, ${days} days
${lines.join('\n')}
  largest gift ${budget.largestGift} of ${budget.cap} allowed
  conversion ${percent(done.conversion)}
  uplift ${percent(uplift.estimate)} (${percent(uplift.low)} to ${percent(uplift.high)}), really ${percent(uplift.model)}
  difference to the ledger ${done.ledgerDifference}
`)
}

function whole(flag: string, text: string | undefined, otherwise: string, from: number, to: number): number {
  const value = Number(text ?? otherwise)
  if (!Number.isInteger(value) || value < from || value > to) {
    throw new Complaint(`--${flag}: found ${text}; a whole number from ${from} to ${to} is allowed.`)
  }
  return value
}
