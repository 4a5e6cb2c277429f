import type { CategoryMatch, CompiledProgramme, CompiledRule, Postings, ShareLimit } from '../programme/compile.ts'
import { compileTerms } from '../programme/compile.ts'
import { holds, type Occasion } from '../programme/tests.ts'
import { type Contest, enter, NOBODY } from './contest.ts'
import type { QuoteMember, ReceiptLine } from './types.ts'

/**
 * Which rules hold, looked up by what the receipt shows. What does not depend on goods is found once for the receipt;
 * each line starts from there and adds the rules found by its sku and its category.
 */
export interface Matched {
  readonly client: Contest
  readonly goods: Contest
  readonly behaviour: Contest
  /** The lowest percent that may be redeemed, and the rule that says so. */
  readonly lowest: ShareLimit
}

export interface ReceiptMatch {
  readonly general: Matched
  /** The lowest percent among the receipt rules; null: none holds. */
  readonly receipt: ShareLimit | null
}

interface Draft {
  client: Contest
  goods: Contest
  behaviour: Contest
  lowest: ShareLimit
  receipt: ShareLimit | null
}

export function matchReceipt(
  programme: CompiledProgramme,
  occasion: Occasion,
  member: QuoteMember | null,
): ReceiptMatch {
  const draft: Draft = { client: NOBODY, goods: NOBODY, behaviour: NOBODY, lowest: programme.redeemBase, receipt: null }
  for (const rules of listsFor(programme.postings, occasion)) {
    for (const rule of rules) if (holds(rule.tests, occasion)) admit(draft, rule, rule.rank)
  }
  for (const terms of member?.terms ?? []) {
    const rule = compileTerms(programme, terms)
    if (holds(rule.tests, occasion)) admit(draft, rule, rule.rank)
  }
  return { general: draft, receipt: draft.receipt }
}

/** The lists in which a rule without goods can stand, were it to hold here. */
function listsFor(postings: Postings, occasion: Occasion): (readonly CompiledRule[])[] {
  const lists: (readonly CompiledRule[] | undefined)[] = [
    postings.always,
    postings.byHour[Math.floor(occasion.minute / 60)],
    postings.byWeekday[(((occasion.tradingDay + 3) % 7) + 7) % 7],
    postings.byMonthDay.get(occasion.tradingMonthDay),
    postings.byDay.get(occasion.tradingDay),
    postings.byOutlet.get(occasion.outlet),
  ]
  if (occasion.card !== null) lists.push(postings.byCard.get(occasion.card))
  if (occasion.cardType !== null) lists.push(postings.byCardType.get(occasion.cardType))
  if (occasion.tier !== null) lists.push(postings.byTier.get(occasion.tier))
  for (const segment of occasion.segments) lists.push(postings.bySegment.get(segment))
  return lists.filter((list) => list !== undefined)
}

/** A line's matches: the receipt's own object where its goods add nothing. */
export function matchLine(
  programme: CompiledProgramme,
  occasion: Occasion,
  general: Matched,
  line: ReceiptLine,
): Matched {
  const bySku = line.sku === undefined ? undefined : programme.postings.bySku.get(line.sku)
  const category = line.category === undefined ? undefined : categoryMatch(programme, line.category)
  if (bySku === undefined && (category === undefined || category.found.length === 0)) return general
  const { client, goods, behaviour, lowest } = general
  const draft: Draft = { client, goods, behaviour, lowest, receipt: null }
  for (const rule of bySku ?? []) {
    const { categories } = rule.tests
    const inCategory = categories === null || (category?.paths.some((path) => categories.has(path)) ?? false)
    if (inCategory && holds(rule.tests, occasion)) admit(draft, rule, rule.rank)
  }
  for (const { rule, depth } of category?.found ?? []) {
    if (holds(rule.tests, occasion)) admit(draft, rule, rule.group === 'goods' ? depth : rule.rank)
  }
  return draft
}

function admit(draft: Draft, rule: CompiledRule, rank: number): void {
  const { group } = rule
  if (group === 'receipt') {
    draft.receipt = lower(draft.receipt, rule)
    return
  }
  if (rule.limit !== null) draft.lowest = lower(draft.lowest, rule)
  if (rule.effect !== null) draft[group] = enter(draft[group], rule, rank)
}

/** The lower of the two; of equals the programme's own, then the smaller id. */
function lower(known: ShareLimit | null, rule: CompiledRule): ShareLimit {
  const limit = rule.limit!
  if (known === null || limit.share < known.share) return limit
  if (limit.share > known.share) return known
  return known.why.rule === null || known.why.rule <= rule.id ? known : limit
}

const CATEGORIES_REMEMBERED_MAX = 20_000

/** The rules on a category and on every category above it, each at the deepest path it names. */
function categoryMatch(programme: CompiledProgramme, category: string): CategoryMatch {
  const { categories } = programme.caches
  const known = categories.get(category)
  if (known !== undefined) return known
  const parts = category.split('/')
  const paths = parts.map((_, i) => parts.slice(0, parts.length - i).join('/'))
  const deepest = new Map<CompiledRule, number>()
  for (const [i, path] of paths.entries()) {
    for (const rule of programme.postings.byCategory.get(path) ?? []) {
      if (!deepest.has(rule)) deepest.set(rule, paths.length - i)
    }
  }
  const match = { paths, found: [...deepest].map(([rule, depth]) => ({ rule, depth })) }
  if (categories.size >= CATEGORIES_REMEMBERED_MAX) categories.clear()
  categories.set(category, match)
  return match
}
