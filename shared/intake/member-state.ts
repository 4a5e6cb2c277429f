import type { MemberId } from '../ids.ts'
import type { MemberRecord } from '../ledger/booking-port.ts'
import type { MemberState } from '../ledger/decide.ts'
import { emptyAccount } from '../ledger/lots.ts'
import { POINTS } from '../ledger/needs.ts'
import { programmeDay } from '../ledger/rules.ts'
import type { CompiledProgramme } from '../programme/compile.ts'
import { groupedBy } from './grouped-by.ts'
import { nothingLoaded } from './load.ts'
import type { LedgerTx } from './port.ts'

/**
 * What `decide` asks for about some members, gathered from the store and kept nowhere. The members' rows are locked:
 * whoever books something about them locks these first, so nothing changes between deciding and booking.
 */
export interface GatheredState extends MemberState {
  /** Ids of whom were merged into this member. */
  readonly before: readonly string[]
  /** Gifts with their days, as the rules about friends ask for them. */
  readonly givenOn: readonly { readonly rule: string; readonly occasion: string; readonly day: string }[]
}

/**
 * By the id that was asked for; one that was merged into another gives the state of that one. Birth dates are unsealed
 * only where a morning asks for them.
 */
export async function gatherStates(
  tx: LedgerTx,
  programme: CompiledProgramme,
  asked: readonly MemberId[],
  { birthDates = false }: { readonly birthDates?: boolean } = {},
): Promise<Map<MemberId, GatheredState>> {
  const records = await followed(tx, asked)
  const roots = [...new Map([...records.values()].map((record) => [record.id, record])).values()]
  const ids = roots.map((record) => record.id)
  const rootOf = await allNamesOf(tx, ids)
  const names = [...rootOf.keys()]
  const merged = names.filter((name) => rootOf.get(name) !== name)
  const before = groupedBy(merged, (name) => rootOf.get(name)!)
  const accounts = groupedBy(await tx.accountsOf(ids), (account) => account.member)
  const cards = groupedBy(await tx.cardsOf(ids), (card) => card.member)
  const purchases = groupedBy(await tx.purchasesOf(programme, names), (each) => rootOf.get(each.member)!)
  const decisions = groupedBy(await tx.decisionsOf(names), (each) => rootOf.get(each.member)!)
  const given = groupedBy(await tx.givenTo(names), (each) => rootOf.get(each.member)!)
  const asksBirthdays = birthDates && (programme.document.gifts ?? []).some((gift) => gift.kind === 'birthday')
  const profiles = await tx.profilesOf(asksBirthdays ? ids : [])

  const states = new Map(
    roots.map((record): [MemberId, GatheredState] => {
      const { id } = record
      const own = accounts.get(id) ?? []
      const held = cards.get(id) ?? []
      const cardType = (held.find((card) => card.primary) ?? held[0])?.type ?? null
      const standing = { tier: record.tier, cardType, segments: [] }
      const since = programmeDay(programme, record.enrolledAt)
      const bought = (purchases.get(id) ?? []).map(({ purchase }) => purchase)
      const gifts = (given.get(id) ?? []).map(({ rule, occasion, day }) => ({ rule, occasion, day }))
      const birthDate = profiles.get(id)?.birthDate
      const state: GatheredState = {
        record,
        before: before.get(id) ?? [],
        member: id,
        tier: record.tier,
        until: record.tierUntil ?? null,
        since,
        standing,
        purchases: bought,
        accounts: own,
        account: own.find((account) => account.purse === POINTS) ?? emptyAccount(id, POINTS),
        cards: held,
        decisions: (decisions.get(id) ?? []).map(({ decision }) => decision),
        gifts: {
          member: id,
          standing,
          since,
          purchases: bought.length,
          birthDates: birthDate === undefined ? [] : [{ of: 'member', birthDate }],
          given: gifts,
        },
        givenOn: gifts,
      }
      return [id, state]
    }),
  )
  return new Map([...records].map(([id, record]) => [id, states.get(record.id)!]))
}

/** Locked, in the order of their ids; merges are followed to their end. Unknown ones are left out. */
async function followed(tx: LedgerTx, asked: readonly MemberId[]): Promise<Map<MemberId, MemberRecord>> {
  const loaded = nothingLoaded()
  const known = loaded.members
  let missing = [...new Set(asked)].sort()
  while (missing.length > 0) {
    await tx.load({ accounts: [], sales: [], members: missing, cards: [] }, loaded)
    const next = [...known.values()].flatMap(({ mergedInto }) => (mergedInto === null ? [] : [mergedInto]))
    missing = [...new Set(next)].filter((id) => !known.has(id)).sort()
  }
  const found = new Map<MemberId, MemberRecord>()
  for (const id of asked) {
    let record = known.get(id)
    while (record !== undefined && record.mergedInto !== null) record = known.get(record.mergedInto)
    if (record !== undefined) found.set(id, record)
  }
  return found
}

/** Everybody who was merged into these, with whom they are now; facts stay under the names they came with. */
async function allNamesOf(tx: LedgerTx, ids: readonly MemberId[]): Promise<Map<string, MemberId>> {
  const rootOf = new Map<string, MemberId>(ids.map((id) => [id, id]))
  let round: readonly string[] = ids
  while (round.length > 0) {
    const fresh = (await tx.mergedInto(round)).filter(({ member }) => !rootOf.has(member))
    for (const { member, into } of fresh) rootOf.set(member, rootOf.get(into)!)
    round = fresh.map(({ member }) => member)
  }
  return rootOf
}
