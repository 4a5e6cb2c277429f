import { sql } from 'kysely'
import type { MemberId } from '../../shared/ids.ts'
import { bookDecided } from '../../shared/intake/own-stream.ts'
import { canonical, sha256Hex } from '../../shared/ledger/chain.ts'
import type { EntryBody } from '../../shared/ledger/entry.ts'
import { formatHundredths } from '../../shared/money.ts'
import type { Cloud } from '../cloud.ts'
import { Complaint } from '../complaint.ts'
import type { Tx } from '../database/connect.ts'
import { transaction } from '../database/transaction.ts'
import { bringFactsUp } from '../facts/keep.ts'
import { programmeDay } from '../feed/rows.ts'
import { intakeOf, ledgerTx } from '../ledger/postgres-store.ts'
import { erasedAmong } from '../members/erased.ts'
import { columnsOf, type Mapping } from './columns.ts'
import { type CsvRow, csvRows, RejectFile, separatorOf } from './csv-file.ts'
import { encodingOf } from './encoding.ts'
import { MEMBER_COLUMNS, MEMBER_NEEDED, type MemberToImport, memberRow } from './member-row.ts'

/**
 * Members, cards and balances of a former system become entries of the cloud's own stream: enrolled once, with the balance
 * as points that live as long as they did there. Nothing follows from it: nobody is welcomed who was here before.
 */
const BATCH_ROWS = 500

export interface MemberImport {
  readonly file: string
  readonly mapping: Mapping
  readonly rejects?: string | undefined
  /** How its letters are written; missing: as the file says, or looks. */
  readonly encoding?: string | undefined
  /** Whether they agreed to messages there; missing: not known, so no. */
  readonly acceptsMessages?: boolean
  readonly onProgress?: (rows: number) => void
}

export interface ImportedMembers {
  readonly rows: number
  readonly enrolled: number
  readonly cardsAdded: number
  readonly known: number
  /** Points whose last day was over. */
  readonly expired: number
  readonly rejected: number
  readonly rejects: string | null
  /** How its letters were read. */
  readonly encoding: string
}

const BY = 'import'
const DEFAULT_CARD_TYPE = 'standard'

export async function importMembers(cloud: Cloud, options: MemberImport): Promise<ImportedMembers> {
  if ((await cloud.programmes.current(cloud.db)) === undefined) {
    throw new Complaint('Publish a programme first: balances live by its rules.')
  }
  const rules = { defaultCardType: DEFAULT_CARD_TYPE, today: await programmeDay(cloud, cloud.db) }
  const encoding = await encodingOf(options.file, options.encoding)
  const separator = await separatorOf(options.file, encoding)
  const rows = csvRows(options.file, separator, encoding)
  const header = (await rows.next()).value as CsvRow | undefined
  if (header === undefined) throw new Complaint(`${options.file} is empty.`)
  const columns = columnsOf(header.fields, MEMBER_COLUMNS, MEMBER_NEEDED, options.mapping)
  const rejectPath = options.rejects ?? `${options.file.replace(/(\.csv)?(\.gz)?$/i, '')}.rejected.csv`
  const rejects = new RejectFile(rejectPath, header.fields, separator, encoding)
  const sum = { rows: 0, enrolled: 0, cardsAdded: 0, known: 0, expired: 0 }
  let batch: Read[] = []
  const close = async () => {
    const done = await transaction(cloud.db, (tx) => addMembers(tx, cloud, batch, options.acceptsMessages ?? false))
    for (const { row, reason } of done.refused) rejects.add(row, reason)
    sum.enrolled += done.enrolled
    sum.cardsAdded += done.cardsAdded
    sum.known += done.known
    sum.expired += done.expired
    await rejects.flush(true)
    batch = []
    cloud.feed.wake()
    options.onProgress?.(sum.rows)
  }
  for await (const row of rows) {
    sum.rows += 1
    if (row.broken !== undefined) rejects.add(row, `no CSV: ${row.broken}`)
    else if (row.fields.length > header.fields.length) rejects.add(row, 'more columns than the first line has')
    else {
      const read = memberRow(columns(row.fields), rules)
      if (read.ok) batch.push({ row, read: read.value })
      else rejects.add(row, read.reason)
    }
    if (batch.length >= BATCH_ROWS) await close()
  }
  await close()
  await rejects.close()
  await bringFactsUp(cloud)
  const rejected = { rejected: rejects.count, rejects: rejects.count > 0 ? rejectPath : null }
  return { ...sum, ...rejected, encoding: encoding.name }
}

interface Read {
  readonly row: CsvRow
  readonly read: MemberToImport
}

async function addMembers(tx: Tx, cloud: Cloud, batch: readonly Read[], messages: boolean) {
  const done = { enrolled: 0, cardsAdded: 0, known: 0, expired: 0, refused: [] as { row: CsvRow; reason: string }[] }
  if (batch.length === 0) return done
  const { members, holders } = await there(tx, cloud, batch)
  const forgotten = await erasedAmong(
    tx,
    cloud.tenant,
    batch.map(({ read }) => read.member),
  )
  const today = await programmeDay(cloud, tx)
  const bodies: EntryBody[] = []
  const profiles = new Map<MemberId, MemberToImport>()
  for (const { row, read } of batch) {
    const { member, card, cardType, balance, expires, profile } = read
    if (forgotten.has(member)) {
      done.refused.push({ row, reason: `member ${JSON.stringify(member)} was forgotten on request` })
      continue
    }
    const holder = holders.get(card)
    if (holder !== undefined && holder !== member) {
      done.refused.push({ row, reason: `card ${JSON.stringify(card)} belongs to another member` })
      continue
    }
    if (holder === member) {
      done.known += 1
      continue
    }
    if (members.has(member)) {
      bodies.push({
        kind: 'member',
        member,
        card: { action: 'add', number: card, type: cardType, primary: false },
        by: BY,
      })
      done.cardsAdded += 1
    } else {
      const consent = { personalData: true, messages }
      const hash = sha256Hex(canonical(profile))
      bodies.push({ kind: 'enrol', member, card, cardType, profile: hash, consent })
      profiles.set(member, read)
      done.enrolled += 1
    }
    members.add(member)
    holders.set(card, member)
    if (balance > 0n && expires !== null && expires < today) done.expired += 1
    else if (balance !== 0n) bodies.push(opening(member, balance, expires, today))
  }
  const ledger = ledgerTx(cloud, tx)
  await bookDecided(intakeOf(cloud), ledger, bodies)
  await ledger.saveProfiles([...profiles].map(([member, { profile }]) => ({ member, profile })))
  await ledger.saveConsents(
    [...profiles.keys()].map((member) => ({ member, consent: { personalData: true, messages } })),
  )
  await ledger.noteForFeed([{ scope: 'member', keys: [...profiles.keys()] }])
  return done
}

function opening(member: MemberId, balance: bigint, expires: string | null, today: string): EntryBody {
  const points = formatHundredths(balance)
  const reason = 'opening balance'
  if (balance < 0n) return { kind: 'adjust', member, purse: 'points', points, by: BY, reason }
  return { kind: 'gift', member, purse: 'points', points, activeFrom: today, lastDay: expires, reason }
}

/** Who is here by now, and who holds the cards that are named. */
async function there(tx: Tx, { tenant }: Cloud, batch: readonly Read[]) {
  const { rows: members } = await sql<{ member: MemberId }>`
    select member from member where tenant = ${tenant} and member = any(${batch.map(({ read }) => read.member)}::text[])`.execute(
    tx,
  )
  const { rows: cards } = await sql<{ number: string; member: MemberId }>`
    select number, member from card where tenant = ${tenant} and number = any(${batch.map(({ read }) => read.card)}::text[])`.execute(
    tx,
  )
  return {
    members: new Set(members.map((row) => row.member)),
    holders: new Map(cards.map((row) => [row.number, row.member])),
  }
}
