import { formatDay, instantOf, localTime } from '../../shared/calendar.ts'
import type { CardNumber, MemberId, OutletId, ReceiptId } from '../../shared/ids.ts'
import { canonical, sha256Hex } from '../../shared/ledger/chain.ts'
import type { RefundBody, SaleBody } from '../../shared/ledger/entry.ts'
import { formatHundredths, money, points } from '../../shared/money.ts'
import { compileProgramme } from '../../shared/programme/compile.ts'
import { type ProgrammeDocument, parseProgramme, type Terms } from '../../shared/programme/schema.ts'
import { quote, type Reward } from '../../shared/quote/quote.ts'

/** A plain programme: one per cent, all of it payable with points. */
export const plainProgramme: ProgrammeDocument = {
  schema: 'programme/1',
  id: 'plain',
  version: 1,
  name: 'Plain',
  timeZone: 'Europe/Moscow',
  currency: 'RUB',
  outlets: [{ id: 'A' }, { id: 'B' }],
  points: { names: { en: ['point', 'points'] }, value: '1.00', step: '0.01', rounding: 'floor' },
  accrual: { basePercent: '10', capPercent: '100', activationDays: 0, lifeDays: 365 },
  redemption: { basePercent: '100', minPayablePerLine: '0.00' },
  rules: { client: [], goods: [], behaviour: [], receipt: [] },
}

export const plainHash = sha256Hex(canonical(plainProgramme))

const compiledOnce = new Map<ProgrammeDocument, ReturnType<typeof compileProgramme>>()
function compiled(document: ProgrammeDocument) {
  const known = compiledOnce.get(document)
  if (known !== undefined) return known
  const parsed = parseProgramme(document)
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.detail))
  const fresh = compileProgramme(parsed.value)
  compiledOnce.set(document, fresh)
  return fresh
}

export interface SaleOf {
  readonly receipt: string
  /** Kopecks. */
  readonly amount: bigint
  readonly member?: { readonly id: string; readonly card: string }
  /** Hundredths. */
  readonly balance?: bigint
  readonly redeem?: bigint
  readonly outlet?: string
  readonly at?: string
  /** Missing: the plain one. */
  readonly document?: ProgrammeDocument
  /** The tier that the till claims. */
  readonly tier?: string
  /** The type that the till claims of the card. */
  readonly cardType?: string
  /** Conditions of the member's own, as the till was told of them. */
  readonly terms?: readonly Terms[]
  /** What coupons and full cards take off. */
  readonly rewards?: readonly Reward[]
}

/** A receipt of one line, quoted as a till quotes it. */
export function saleBody(sale: SaleOf): SaleBody {
  const { receipt, amount, member, balance = 0n, redeem = 0n, outlet = 'A', at, document = plainProgramme } = sale
  const { rewards = [] } = sale
  const receiptAt = at ?? new Date().toISOString()
  const who =
    member === undefined
      ? null
      : {
          id: member.id as MemberId,
          card: member.card as CardNumber,
          cardType: sale.cardType ?? 'standard',
          tier: sale.tier ?? null,
          segments: [],
          terms: [...(sale.terms ?? [])],
        }
  const quoted = quote(compiled(document), {
    at: receiptAt,
    right: null,
    redeem: points(redeem),
    rewards,
    member: who === null ? null : { ...who, balance: points(balance) },
    receipt: {
      id: receipt as ReceiptId,
      outlet: outlet as OutletId,
      lines: [{ id: '1', qty: 1000n, amount: money(amount) }],
    },
  })
  if (!quoted.ok) throw new Error(quoted.reason)
  const { earn, discount, lines } = quoted.value
  const text = formatHundredths
  return {
    kind: 'sale',
    receipt: receipt as ReceiptId,
    receiptAt,
    day: formatDay(localTime('Europe/Moscow', instantOf(receiptAt)).day),
    programme: {
      id: document.id,
      version: document.version,
      hash: document === plainProgramme ? plainHash : sha256Hex(canonical(document)),
    },
    cursor: null,
    member:
      who === null
        ? null
        : { ...who, birthdayDistance: null, purchasesBefore: null, identifiedBy: 'card', balance: text(balance) },
    asked: text(redeem),
    right: null,
    lines: [
      { id: '1', qty: '1', amount: text(amount), earn: text(lines[0]!.earn), discount: text(lines[0]!.discount) },
    ],
    rewards: rewards.map((reward) => ({ ...reward, lines: [...reward.lines], money: text(reward.money) })),
    total: text(amount),
    discount: text(discount),
    postings:
      who === null
        ? []
        : [
            ...(earn > 0n ? [{ purse: 'points', kind: 'earn' as const, points: text(earn) }] : []),
            ...(redeem > 0n ? [{ purse: 'points', kind: 'redeem' as const, points: text(redeem) }] : []),
          ],
  }
}

/** All of such a receipt taken back. */
export function refundBody(sale: SaleBody): RefundBody {
  const [line] = sale.lines
  const taken = line!.earn
  const back = sale.postings.find((posting) => posting.kind === 'redeem')?.points ?? '0.00'
  const paid = formatHundredths(BigInt(line!.amount.replace('.', '')) - BigInt(line!.discount.replace('.', '')))
  return {
    kind: 'refund',
    of: null,
    receipt: sale.receipt,
    member: sale.member?.id ?? null,
    lines: [{ id: '1', qty: '1', amount: line!.amount, pointsBack: back, pointsTaken: taken }],
    money: paid,
    pointsBack: back,
    pointsTaken: taken,
  }
}
