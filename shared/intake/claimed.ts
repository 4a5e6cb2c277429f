import type { MemberRecord } from '../ledger/booking-port.ts'
import type { LedgerEntry, SaleBody } from '../ledger/entry.ts'
import { dayIn, documentOf } from '../ledger/rules.ts'
import type { CompiledProgramme } from '../programme/compile.ts'
import { amountOf, type BoughtReceipt, isRedeemed, NOTHING_BOUGHT, withReceipts } from '../segments/bought.ts'
import { decided, knowledgeOf, toldBought } from '../segments/decide.ts'
import { askedBy, type LiveSegment } from '../segments/told.ts'
import type { HeardReceipt, LedgerTx } from './port.ts'
import { factsToTell } from './told-facts.ts'

/** A sale with a member whom the cloud knows, as `record` stands. */
export interface Claim {
  readonly entry: LedgerEntry
  readonly body: SaleBody
  readonly record: MemberRecord
}

interface Period {
  readonly programme: CompiledProgramme
  /** Sales before it are not believed more than was told, nor are those after `until`. */
  readonly since: string
  readonly until: string
}

/**
 * Segments that sales claim and no row has told, as the till may rightly have decided them: by the cloud's own receipts,
 * on the sale's own day, with every receipt of this till, and of the others all up to some moment within the time for
 * which a till may still believe an old row. Rule S215.
 */
export async function decidedAtTills(
  tx: LedgerTx,
  claims: readonly Claim[],
  isTold: (member: string, segment: string) => boolean,
  { programme, since, until }: Period,
): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const believed = new Map<string, Set<string>>()
  const open = claims.filter(
    ({ body, record }) =>
      body.member!.segments.some((segment) => !isTold(record.id, segment)) &&
      isBetween(Date.parse(body.receiptAt), Date.parse(since), Date.parse(until)),
  )
  if (open.length === 0) return believed
  const segments = await tx.toldSegments()
  if (segments.length === 0) return believed
  const members = [...new Set(open.map(({ record }) => record.id))]
  const asked = askedBy(segments)
  const profiles = await tx.profilesOf(members)
  const stream = { device: open[0]!.entry.device, seen: { epoch: 0, seq: 0 } }
  const { facts } = await factsToTell(tx, members, asked, profiles, stream)
  const receipts = await tx.receiptsOf(programme, members)
  const { timeZone } = documentOf(programme)
  for (const claim of open) {
    const { entry, body, record } = claim
    const wanted = segments.filter(({ id }) => body.member!.segments.includes(id) && !isTold(record.id, id))
    const profile = profiles.get(record.id)
    const row = {
      birthDate: profile?.birthDate ?? null,
      name: profile?.name ?? null,
      tier: record.tier,
      enrolledDay: dayIn(timeZone, record.enrolledAt),
    }
    const day = dayIn(timeZone, body.receiptAt)
    const heard = (receipts.get(record.id) ?? []).filter(
      ({ receipt, outlet }) => receipt !== body.receipt || outlet !== entry.outlet,
    )
    const earlier = inTheBatch(claims, claim, timeZone)
    for (const seen of statesSeen([...heard, ...earlier], claim, since)) {
      const bought = withReceipts(NOTHING_BOUGHT, seen, asked.gaps)
      const knowledge = knowledgeOf(day, row, { ...facts.get(record.id), ...toldBought(asked, bought) }, [], asked.gaps)
      accept(believed, record.id, wanted, (segment) => decided(segment.when, knowledge) === true)
    }
  }
  return believed
}

function accept(
  believed: Map<string, Set<string>>,
  member: string,
  wanted: readonly LiveSegment[],
  holds: (segment: LiveSegment) => boolean,
): void {
  const known = believed.get(member) ?? new Set()
  believed.set(member, known)
  for (const segment of wanted) if (!known.has(segment.id) && holds(segment)) known.add(segment.id)
}

/** What this till sold the member before in the same batch: no receipts have been made of it yet. */
function inTheBatch(claims: readonly Claim[], { entry, record }: Claim, zone: string): HeardReceipt[] {
  return claims.flatMap(({ entry: other, body, record: { id } }) =>
    id === record.id && other.epoch === entry.epoch && other.seq < entry.seq
      ? [
          {
            device: other.device,
            outlet: other.outlet,
            receipt: body.receipt,
            at: body.receiptAt,
            day: dayIn(zone, body.receiptAt),
            amount: amountOf(body),
            redeemed: isRedeemed(body),
            undoneAt: null,
          },
        ]
      : [],
  )
}

/** The receipts that the till may have known of, the most first: its own, and those of others up to a moment. */
function* statesSeen(
  receipts: readonly HeardReceipt[],
  { entry, body }: Claim,
  since: string,
): Generator<readonly BoughtReceipt[]> {
  const now = Date.parse(body.receiptAt)
  const isOwn = (receipt: HeardReceipt) => receipt.device === entry.device
  const own = receipts.filter(isOwn)
  const others = receipts
    .filter((receipt) => !isOwn(receipt) && Date.parse(receipt.at) <= now)
    .sort((a, b) => Date.parse(a.at) - Date.parse(b.at))
  for (let known = others.length; ; known--) {
    const upTo = known === others.length ? now : Date.parse(others[known]!.at)
    yield [...own.map((each) => asBought(each, now)), ...others.slice(0, known).map((each) => asBought(each, upTo))]
    if (known === 0 || Date.parse(others[known - 1]!.at) < Date.parse(since)) return
  }
}

function asBought({ day, amount, redeemed, undoneAt }: HeardReceipt, at: number): BoughtReceipt {
  const isUndone = undoneAt !== null && Date.parse(undoneAt) <= at
  return { day, amount, redeemed, isPurchase: amount >= 0n && !isUndone }
}

const isBetween = (at: number, from: number, to: number) => at >= from && at <= to
