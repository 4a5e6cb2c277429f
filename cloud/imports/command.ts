import type { Cloud } from '../cloud.ts'
import { Complaint } from '../complaint.ts'
import type { CommandLine } from '../options.ts'
import { readMapping } from './columns.ts'
import { UTF_8 } from './encoding.ts'
import { importMembers } from './import-members.ts'
import { importPurchases } from './import-purchases.ts'
import { MEMBER_COLUMNS } from './member-row.ts'
import { PURCHASE_COLUMNS } from './purchase-row.ts'

const TELL_EVERY_MS = 1000

export async function importHistory(cloud: Cloud, line: CommandLine): Promise<void> {
  const file = line.rest[0]
  if (file === undefined) throw new Complaint('Which file? import FILE.csv[.gz]')
  const done = await importPurchases(cloud, {
    file,
    mapping: await readMapping(line.flags.map, PURCHASE_COLUMNS),
    zone: line.flags.zone,
    rejects: line.flags.rejects,
    encoding: line.flags.encoding,
    onProgress: teller(),
  })
  const words = done.wasDone
    ? 'This file is in already.'
    : `${done.rows} rows read: ${done.linesAdded} lines of receipts are new, ${done.linesKnown} were in already, ` +
      `${done.rejected} were not understood${done.rejects === null ? '.' : ` (see ${done.rejects}).`}${lettersOf(done)}`
  process.stdout.write(`${line.flags.json ? JSON.stringify(done) : words}\n`)
}

export async function importPeople(cloud: Cloud, line: CommandLine): Promise<void> {
  const file = line.rest[0]
  if (file === undefined) throw new Complaint('Which file? import-members FILE.csv[.gz]')
  const done = await importMembers(cloud, {
    file,
    mapping: await readMapping(line.flags.map, MEMBER_COLUMNS),
    rejects: line.flags.rejects,
    encoding: line.flags.encoding,
    onProgress: teller(),
  })
  const words =
    `${done.rows} rows read: ${done.enrolled} members are new, ${done.cardsAdded} cards were added, ${done.known} were in already, ` +
    `${done.rejected} were not understood${done.rejects === null ? '.' : ` (see ${done.rejects}).`}${lettersOf(done)}`
  process.stdout.write(`${line.flags.json ? JSON.stringify(done) : words}\n`)
}

/** Said where it was guessed or named: whoever sees strange letters knows what to name instead. */
const lettersOf = ({ encoding }: { readonly encoding: string }) =>
  encoding === UTF_8 ? '' : ` Its letters were read as ${encoding}; name another with --encoding where they are not.`

/** How far it has come, on standard error: at most once a second, and nothing of what takes less. */
export function teller(): (rows: number) => void {
  const begun = performance.now()
  let last = begun
  return (rows) => {
    const now = performance.now()
    if (now - last < TELL_EVERY_MS) return
    last = now
    process.stderr.write(`${rows} rows, ${Math.round(rows / ((now - begun) / 1000))} a second\n`)
  }
}
