import { largestGift } from '../../../shared/campaigns/budget.ts'
import { budget as budgetSchema, type CampaignDocument, campaignDocument } from '../../../shared/campaigns/document.ts'
import { ARTICLE_BUDGET } from '../../../shared/campaigns/preset.ts'
import { USUAL_QUIET_HOURS } from '../../../shared/campaigns/quiet.ts'
import type { Points } from '../../../shared/money.ts'
import { type DraftVariant, draftVariantsOf, variantsIn } from './draft-variants.ts'
import { startFieldsOf, startOf } from './start-fields.ts'

/**
 * A campaign while it is written: the text of every field as it was typed, and the document that it was read from, so
 * that parts which the fields do not show stay as they are.
 */
export interface Draft {
  readonly base: Written
  readonly id: string
  readonly name: string
  readonly from: string
  readonly to: string
  readonly cardTypes: string
  readonly exceptCardTypes: string
  readonly segments: readonly string[]
  readonly exceptSegments: readonly string[]
  readonly goneAfterDays: string
  readonly startKind: string
  /** Null: the chain begins with something that the fields do not show. */
  readonly start: Readonly<Record<string, string>> | null
  readonly touches: readonly DraftTouch[]
  readonly averageCheck: string
  readonly marginPercent: string
  readonly sharePercent: string
  readonly controlPercent: string
  readonly quiet: 'usual' | 'none' | 'own'
  readonly quietFrom: string
  readonly quietTo: string
  /** How often at most; both empty: no cap of its own. */
  readonly cap: { readonly touches: string; readonly days: string }
  readonly whenCapped: 'wait' | 'skip'
  /** None: the chain is not tried in several ways. */
  readonly variants: readonly DraftVariant[]
}

export interface DraftTouch {
  readonly base: Written
  readonly kind: string
  readonly afterDays: string
  readonly points: string
  readonly percent: string
  readonly coupon: string
  readonly survey: string
  readonly lifeDays: string
  readonly ru: string
  readonly en: string
}

export type Written = Readonly<Record<string, unknown>>
/** Kinds of touches that can be added here. */
export const KINDS = ['gift', 'percent', 'coupon', 'product', 'offer', 'remind', 'survey', 'call'] as const
export type Kind = (typeof KINDS)[number]
/** What each of them asks for beside its delay and its text, and what stands there first. */
export const TOUCH_FIELDS: Readonly<Record<string, Readonly<Partial<Record<TouchField, string | number>>>>> = {
  gift: { points: '100', lifeDays: 7 },
  percent: { percent: '10', lifeDays: 7 },
  coupon: { coupon: '' },
  product: { coupon: '' },
  offer: { lifeDays: 7 },
  remind: {},
  survey: { survey: '', lifeDays: 14 },
  call: {},
}
export type TouchField = 'points' | 'percent' | 'coupon' | 'survey' | 'lifeDays'

export const text = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : ''
export const part = (value: unknown): Written => (typeof value === 'object' && value !== null ? (value as Written) : {})
const list = (value: unknown): string => (Array.isArray(value) ? value.map(String).join(', ') : '')

const names = (value: unknown): readonly string[] => (Array.isArray(value) ? value.map(String) : [])

/** The fields of a document. */
export function draftOf(document: Written): Draft {
  const [audience, start, budget] = [part(document.audience), part(document.start), part(document.budget)]
  const { purchases, cardTypes, exceptCardTypes, goneAfterDays } = audience
  const cap = part(document.cap)
  const { quietHours } = document
  const own = typeof quietHours === 'object' ? part(quietHours) : part(USUAL_QUIET_HOURS)
  return {
    base: document,
    id: text(document.id),
    name: text(document.name),
    from: text(part(purchases).from),
    to: text(part(purchases).to),
    cardTypes: list(cardTypes),
    exceptCardTypes: list(exceptCardTypes),
    segments: names(audience.segments),
    exceptSegments: names(audience.exceptSegments),
    goneAfterDays: text(goneAfterDays),
    startKind: text(start.kind),
    start: startFieldsOf(start),
    touches: Array.isArray(document.touches) ? document.touches.map((each) => draftTouchOf(part(each))) : [],
    averageCheck: text(budget.averageCheck),
    marginPercent: text(budget.marginPercent),
    sharePercent: text(budget.sharePercent),
    controlPercent: text(document.controlPercent),
    quiet: quietHours === undefined ? 'usual' : quietHours === 'none' ? 'none' : 'own',
    quietFrom: text(own.from),
    quietTo: text(own.to),
    cap: { touches: text(cap.touches), days: text(cap.days) },
    whenCapped: document.whenCapped === 'skip' ? 'skip' : 'wait',
    variants: draftVariantsOf(document.variants),
  }
}

function draftTouchOf(touch: Written): DraftTouch {
  const said = part(touch.text)
  return {
    base: touch,
    kind: text(touch.do),
    afterDays: text(touch.afterDays),
    points: text(touch.points).replace(/\.00$/, ''),
    percent: text(touch.percent),
    coupon: text(touch.coupon),
    survey: text(touch.survey),
    lifeDays: text(touch.lifeDays),
    ru: text(said.ru),
    en: text(said.en),
  }
}

/** A campaign with one gift, as a beginning. */
export function emptyDraft(interval: number, texts: { readonly ru: string; readonly en: string }): Draft {
  return draftOf({
    schema: 'campaign/1',
    id: '',
    name: '',
    audience: { purchases: { from: 1 }, goneAfterDays: Math.max(181, interval + 100) },
    start: { kind: 'daysWithoutPurchase', days: interval },
    touches: [{ id: 't1', do: 'gift', afterDays: 0, points: '100', lifeDays: 7, text: texts }],
    budget: ARTICLE_BUDGET,
    controlPercent: '10',
  })
}

/** The same under a name of its own, to be changed and started anew. */
export const copyOf = (document: Written, name: string): Draft => ({ ...draftOf(document), id: '', name })

export function newTouch(
  kind: Kind,
  before: readonly DraftTouch[],
  texts: { readonly ru: string; readonly en: string },
) {
  const taken = before.map(({ base }) => text(base.id))
  const id = numbered('t', before.length + 1, taken)
  const common = { id, do: kind, afterDays: before.length === 0 ? 0 : 28 }
  if (kind === 'call') return draftTouchOf(common)
  return draftTouchOf({ ...common, text: texts, ...TOUCH_FIELDS[kind] })
}

/** What the fields say; a number that is none stays text, for the schema to complain of. */
export function documentOf(draft: Draft): Written {
  const { base } = draft
  const purchases = { from: whole(draft.from), ...(draft.to.trim() === '' ? {} : { to: whole(draft.to) }) }
  const { segments, exceptSegments, ...written } = part(base.audience)
  const chosen = {
    ...(draft.segments.length === 0 ? {} : { segments: [...draft.segments] }),
    ...(draft.exceptSegments.length === 0 ? {} : { exceptSegments: [...draft.exceptSegments] }),
  }
  const audience = { ...written, ...chosen, purchases, goneAfterDays: whole(draft.goneAfterDays) }
  return {
    ...base,
    id: draft.id,
    name: draft.name.trim(),
    audience: withLists(audience, { cardTypes: draft.cardTypes, exceptCardTypes: draft.exceptCardTypes }),
    ...(draft.start === null ? {} : { start: startOf(draft.startKind, draft.start) }),
    touches: draft.touches.map(touchOf),
    budget: {
      averageCheck: decimal(draft.averageCheck),
      marginPercent: decimal(draft.marginPercent),
      sharePercent: decimal(draft.sharePercent),
    },
    controlPercent: decimal(draft.controlPercent),
    quietHours:
      draft.quiet === 'usual'
        ? undefined
        : draft.quiet === 'none'
          ? 'none'
          : { from: draft.quietFrom, to: draft.quietTo },
    ...cappedAs(draft),
    variants: variantsIn(draft.variants, draft.touches),
  }
}

/** A cap that this till cannot read stays as it is written. */
function cappedAs({ base, cap: { touches, days }, whenCapped }: Draft): Written {
  if (base.cap !== undefined && typeof base.cap !== 'object') return {}
  const isNone = touches.trim() === '' && days.trim() === ''
  const isWritten = base.whenCapped !== undefined || whenCapped === 'skip'
  return {
    cap: isNone ? undefined : { touches: whole(touches), days: whole(days) },
    ...(isWritten ? { whenCapped } : {}),
  }
}

function touchOf(touch: DraftTouch, place: number): Written {
  const { base, kind, afterDays, points, percent, coupon, survey, lifeDays, ru, en } = touch
  const delay = place === 0 ? 0 : whole(afterDays)
  const amounts = { points: decimal(points), percent: decimal(percent), lifeDays: whole(lifeDays) }
  const typed = { ...amounts, coupon: coupon.trim(), survey: survey.trim() }
  const fields = Object.keys(TOUCH_FIELDS[kind] ?? {}) as TouchField[]
  return {
    ...base,
    afterDays: delay,
    ...('text' in base ? { text: { ...part(base.text), ru: ru.trim(), en: en.trim() } } : {}),
    ...Object.fromEntries(fields.map((field) => [field, typed[field]])),
  }
}

function withLists(audience: Written, lists: Readonly<Record<string, string>>): Written {
  const rest = Object.fromEntries(Object.entries(audience).filter(([key]) => !(key in lists)))
  const named = Object.entries(lists).flatMap(([key, typed]) => {
    const names = typed.split(/[,;\n]/).map((name) => name.trim())
    const kept = names.filter((name) => name !== '')
    return kept.length === 0 ? [] : [[key, kept] as const]
  })
  return { ...rest, ...Object.fromEntries(named) }
}

export const whole = (typed: string): number | string => (/^\s*\d+\s*$/.test(typed) ? Number(typed) : typed.trim())
export const decimal = (typed: string): string => typed.replace(/[\s\u00a0]/g, '').replace(',', '.')

/** What is wrong with one field, for the words of the screen; `said`: in the schema's own. */
export interface Complaint {
  readonly code: ComplaintCode
  readonly said: string
}
export type ComplaintCode =
  | 'name'
  | 'purchases'
  | 'purchasesTo'
  | 'days'
  | 'goneBefore'
  | 'laterDays'
  | 'overBudget'
  | 'amount'
  | 'text'
  | 'link'
  | 'noTouches'
  | 'percent'
  | 'quiet'
  | 'needed'
  | 'date'
  | 'whole'
  | 'shares'
  | 'sameVariant'
  | 'cap'
  | 'other'

/** Complaints by the path of their field; none: it may be saved. */
export function complaintsOf(document: Written): ReadonlyMap<string, Complaint> {
  const read = campaignDocument.safeParse(document)
  if (read.success) return new Map()
  return new Map(
    read.error.issues.map(({ path, code, message }) => {
      const place = path.join('.')
      return [place, { code: codeOf(place, code === 'custom'), said: message }] as const
    }),
  )
}

const CODES: readonly (readonly [RegExp, ComplaintCode, ComplaintCode?])[] = [
  [/^name$/, 'name'],
  [/^audience\.purchases\.from$/, 'purchases'],
  [/^audience\.purchases\.to$/, 'purchases', 'purchasesTo'],
  [/^audience\.goneAfterDays$/, 'days'],
  [/^start\.(days|short)$/, 'whole', 'goneBefore'],
  [/^start\.(segment|names|stamp|checkpoint)/, 'needed'],
  [/^start\.date$/, 'date'],
  [/^start\.atLeast$/, 'amount'],
  [/^touches$/, 'noTouches'],
  [/touches\.[^.]+\.(coupon|survey)$/, 'needed'],
  [/touches\.[^.]+\.percent$/, 'percent'],
  [/touches\.[^.]+\.afterDays$/, 'laterDays'],
  [/touches\.[^.]+\.lifeDays$/, 'days'],
  [/touches\.[^.]+\.points$/, 'amount', 'overBudget'],
  [/touches\.[^.]+\.text(\.(ru|en))?$/, 'text', 'link'],
  [/^cap/, 'cap'],
  [/^variants$/, 'shares'],
  [/^variants\.\d+$/, 'sameVariant'],
  [/^variants\.\d+\.share$/, 'percent'],
  [/^budget\.averageCheck$/, 'amount'],
  [/^(budget\.(margin|share)Percent|controlPercent)$/, 'percent'],
  [/^quietHours/, 'quiet'],
]

/** `isCrossed`: the field is right by itself, and wrong beside another. */
function codeOf(place: string, isCrossed: boolean): ComplaintCode {
  const [, own, crossed] = CODES.find(([pattern]) => pattern.test(place)) ?? []
  return (isCrossed ? crossed : undefined) ?? own ?? 'other'
}

/** The largest gift by the fields of the budget; null: they are not filled in. */
export function budgetOf(draft: Draft): Points | null {
  const { budget } = documentOf(draft)
  const read = budgetSchema.safeParse(budget)
  return read.success ? largestGift(read.data) : null
}

/** Whether every part of a document is known here, so that it may be changed without losing something. */
export const isKnown = (document: Written): document is CampaignDocument & Written =>
  campaignDocument.safeParse(document).success

const LETTERS: Readonly<Record<string, string>> = {
  ...{ а: 'a', б: 'b', в: 'v', г: 'g', д: 'd', е: 'e', ё: 'e', ж: 'zh', з: 'z', и: 'i', й: 'y', к: 'k', л: 'l' },
  ...{ м: 'm', н: 'n', о: 'o', п: 'p', р: 'r', с: 's', т: 't', у: 'u', ф: 'f', х: 'kh', ц: 'ts', ч: 'ch', ш: 'sh' },
  ...{ щ: 'sch', ъ: '', ы: 'y', ь: '', э: 'e', ю: 'yu', я: 'ya' },
}

/** An id for a new campaign, made of its name: "Две покупки" is "dve-pokupki", a second one "dve-pokupki-2". */
export function idOf(name: string, taken: readonly string[]): string {
  const latin = [...name.toLowerCase()].map((letter) => LETTERS[letter] ?? letter).join('')
  const words = latin.replace(/[^a-z0-9]+/g, '-').replace(/^-+|-+$/g, '')
  const stem = words.slice(0, 34).replace(/-+$/, '') || 'campaign'
  return taken.includes(stem) ? numbered(`${stem}-`, 2, taken) : stem
}

function numbered(stem: string, from: number, taken: readonly string[]): string {
  let number = from
  while (taken.includes(`${stem}${number}`)) number += 1
  return `${stem}${number}`
}
