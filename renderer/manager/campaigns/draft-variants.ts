import { VARIANTS_MAX } from '../../../shared/campaigns/document.ts'
import { type DraftTouch, decimal, part, TOUCH_FIELDS, text, type Written, whole } from './draft.ts'

/** Variants of a chain while they are written: beside each touch only what is to be otherwise. Rules K90, K91. */
export interface DraftVariant {
  readonly key: string
  readonly share: string
  /** By the touch's id. */
  readonly changes: Readonly<Record<string, DraftChange>>
}

/** As typed; empty: as in the chain. */
export interface DraftChange {
  readonly afterDays: string
  readonly points: string
  readonly percent: string
  readonly lifeDays: string
  readonly ru: string
  readonly en: string
}
export type ChangeField = Exclude<keyof DraftChange, 'ru' | 'en'>

export const NO_CHANGE: DraftChange = { afterDays: '', points: '', percent: '', lifeDays: '', ru: '', en: '' }

/** What of a touch may be otherwise in a variant, beside its text; the first comes when the chain opens, in all of them. */
export function changeFields({ kind }: DraftTouch, place: number): readonly ChangeField[] {
  const own = Object.keys(TOUCH_FIELDS[kind] ?? {}).filter((field): field is ChangeField => field !== 'coupon')
  return place === 0 ? own : ['afterDays', ...own]
}

export const isChanged = (change: DraftChange | undefined): boolean =>
  change !== undefined && Object.values(change).some((typed) => typed.trim() !== '')

export function draftVariantsOf(variants: unknown): readonly DraftVariant[] {
  if (!Array.isArray(variants)) return []
  return variants.map(part).map(({ key, share, touches }) => {
    const changes = Object.entries(part(touches)).map(([id, change]) => [id, draftChangeOf(part(change))] as const)
    return { key: text(key), share: text(share), changes: Object.fromEntries(changes) }
  })
}

function draftChangeOf(change: Written): DraftChange {
  const said = part(change.text)
  return {
    afterDays: text(change.afterDays),
    points: text(change.points).replace(/\.00$/, ''),
    percent: text(change.percent),
    lifeDays: text(change.lifeDays),
    ru: text(said.ru),
    en: text(said.en),
  }
}

/** What the fields say of touches that there still are; undefined: there are no variants. */
export function variantsIn(variants: readonly DraftVariant[], touches: readonly DraftTouch[]): unknown {
  if (variants.length === 0) return undefined
  return variants.map(({ key, share, changes }) => {
    const changed = touches.flatMap((touch, place) => {
      const id = text(touch.base.id)
      const change = changeOf(touch, place, changes[id] ?? NO_CHANGE)
      return Object.keys(change).length === 0 ? [] : [[id, change] as const]
    })
    return { key, share: decimal(share), touches: Object.fromEntries(changed) }
  })
}

/** Of a text that is changed in one language alone the other one stays. */
function changeOf(touch: DraftTouch, place: number, change: DraftChange): Written {
  const typed = { ...change, points: decimal(change.points), percent: decimal(change.percent) }
  const fields = changeFields(touch, place).filter((field) => change[field].trim() !== '')
  const isWhole = (field: ChangeField) => field === 'afterDays' || field === 'lifeDays'
  const values = fields.map((field) => [field, isWhole(field) ? whole(typed[field]) : typed[field]] as const)
  const [ru, en] = [change.ru.trim(), change.en.trim()]
  const isSaid = 'text' in touch.base && (ru !== '' || en !== '')
  const words = isSaid ? { text: { ru: ru === '' ? touch.ru.trim() : ru, en: en === '' ? touch.en.trim() : en } } : {}
  return { ...Object.fromEntries(values), ...words }
}

const KEYS = ['a', 'b', 'c', 'd'] as const

/** One more, with equal shares again; two, where there was none. */
export function withOneMore(variants: readonly DraftVariant[]): readonly DraftVariant[] {
  const keys = variants.length === 0 ? KEYS.slice(0, 2) : [...variants.map(({ key }) => key), freeKey(variants)]
  return shared(keys.map((key) => variants.find((each) => each.key === key) ?? { key, share: '', changes: {} }))
}

/** Without one; of one alone there is nothing to compare. */
export function without(variants: readonly DraftVariant[], key: string): readonly DraftVariant[] {
  const left = variants.filter((each) => each.key !== key)
  return left.length < 2 ? [] : shared(left)
}

export const mayHaveMore = (variants: readonly DraftVariant[]): boolean => variants.length < VARIANTS_MAX

const freeKey = (variants: readonly DraftVariant[]): string =>
  KEYS.find((key) => variants.every((each) => each.key !== key)) ?? `v${variants.length + 1}`

/** Equal shares; what is left over of 100 % goes to the first. */
function shared(variants: readonly DraftVariant[]): readonly DraftVariant[] {
  const each = Math.floor(10_000 / variants.length)
  const first = 10_000 - each * (variants.length - 1)
  return variants.map((variant, place) => ({ ...variant, share: String((place === 0 ? first : each) / 100) }))
}
