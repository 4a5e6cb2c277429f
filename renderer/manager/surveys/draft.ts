import { type Question, type QuestionKind, surveyDocument } from '../../../shared/surveys/document.ts'
import { idOf } from '../campaigns/draft.ts'

/** A survey while it is written: the text of every field as it was typed. */
export interface SurveyDraft {
  /** Empty: a new one, whose id is made of its title. */
  readonly id: string
  readonly ru: string
  readonly en: string
  readonly questions: readonly DraftQuestion[]
  readonly standing: 'none' | 'all' | 'segment'
  readonly segment: string
  readonly until: string
  /** What is changed, as it was read; null: it is new. */
  readonly over: Written | null
}

export interface DraftQuestion {
  /** Of a question that was there before. */
  readonly id: string
  readonly kind: QuestionKind
  readonly ru: string
  readonly en: string
  readonly attribute: string
  readonly options: readonly DraftOption[]
  readonly min: string
  readonly max: string
}

export interface DraftOption {
  readonly id: string
  readonly ru: string
  readonly en: string
}

export type Written = Readonly<Record<string, unknown>>

const NO_OPTION: DraftOption = { id: '', ru: '', en: '' }

export const newQuestion = (kind: QuestionKind = 'yesNo'): DraftQuestion => ({
  ...{ id: '', kind, ru: '', en: '', attribute: '', min: '', max: '' },
  options: [NO_OPTION, NO_OPTION],
})

export const newOption = (): DraftOption => NO_OPTION

export const emptyDraft = (): SurveyDraft => ({
  ...{ id: '', ru: '', en: '', standing: 'none', segment: '', until: '', over: null },
  questions: [newQuestion()],
})

/** The fields of a document; undefined: it has parts that this till does not know. */
export function draftOf(document: Written): SurveyDraft | undefined {
  const read = surveyDocument.safeParse(document)
  if (!read.success) return undefined
  const { id, title, questions, standing, until } = read.data
  return {
    id,
    ...said(title),
    questions: questions.map(questionDraft),
    standing: standing === undefined ? 'none' : standing.segment === undefined ? 'all' : 'segment',
    segment: standing?.segment ?? '',
    until: until ?? '',
    over: document,
  }
}

const said = ({ ru, en }: { readonly ru?: string | undefined; readonly en?: string | undefined }) => ({
  ru: ru ?? '',
  en: en ?? '',
})

function questionDraft(question: Question): DraftQuestion {
  const { id, kind, ask, attribute } = question
  const [min, max] = question.kind === 'number' ? [question.min, question.max] : [undefined, undefined]
  const options =
    'options' in question ? question.options.map((option) => ({ id: option.id, ...said(option.label) })) : []
  return { id, kind, ...said(ask), attribute, options, min: String(min ?? ''), max: String(max ?? '') }
}

/** What the fields say; what is no number stays text, for the schema to complain of. */
export function documentOf(draft: SurveyDraft, taken: readonly string[]): Written {
  const ids: string[] = draft.questions.map(({ id }) => id)
  for (const [place, question] of draft.questions.entries()) {
    if (question.id === '') ids[place] = named(question.en || question.ru, ids, 'question')
  }
  const segment = draft.standing === 'segment' ? { segment: draft.segment.trim() } : {}
  return {
    schema: 'survey/1',
    id: draft.id === '' ? named(draft.ru || draft.en, taken, 'survey') : draft.id,
    title: words(draft),
    questions: draft.questions.map((question, place) => questionOf(question, ids[place]!)),
    ...(draft.standing === 'none' ? {} : { standing: segment }),
    ...(draft.until.trim() === '' ? {} : { until: draft.until.trim() }),
  }
}

function questionOf({ kind, attribute, options, min, max, ...asked }: DraftQuestion, id: string): Written {
  const ids: string[] = options.map((option) => option.id)
  for (const [place, option] of options.entries()) {
    if (option.id === '')
      ids[place] = named(option.en || option.ru, ids, 'option')
        .slice(0, 20)
        .replace(/-+$/, '')
  }
  const choices = { options: options.map((option, place) => ({ id: ids[place]!, label: words(option) })) }
  return {
    id,
    kind,
    ask: words(asked),
    attribute: attribute.trim() === '' ? id : attribute.trim(),
    ...(kind === 'one' || kind === 'several' ? choices : {}),
    ...(kind === 'number' ? { ...bound('min', min), ...bound('max', max) } : {}),
  }
}

const named = (text: string, taken: readonly string[], otherwise: string): string =>
  idOf(text.trim() === '' ? otherwise : text, taken)

const bound = (name: 'min' | 'max', typed: string) => {
  const text = typed.trim().replace(',', '.')
  return text === '' ? {} : { [name]: /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text }
}

function words({ ru, en }: { readonly ru: string; readonly en: string }): Written {
  return { ...(ru.trim() === '' ? {} : { ru: ru.trim() }), ...(en.trim() === '' ? {} : { en: en.trim() }) }
}

export type ComplaintCode =
  | 'title'
  | 'ask'
  | 'attribute'
  | 'twice'
  | 'option'
  | 'number'
  | 'range'
  | 'segment'
  | 'day'
  | 'other'
export interface Complaint {
  readonly code: ComplaintCode
  readonly said: string
}

const CODES: readonly (readonly [RegExp, ComplaintCode, ComplaintCode?])[] = [
  [/^title/, 'title'],
  [/^questions\.\d+\.ask/, 'ask'],
  [/^questions\.\d+\.attribute$/, 'attribute', 'twice'],
  [/^questions\.\d+\.options/, 'option'],
  [/^questions\.\d+\.(min|max)$/, 'number', 'range'],
  [/^standing/, 'segment'],
  [/^until$/, 'day'],
]

/** Complaints by the place of their field; none: it may be saved. */
export function complaintsOf(document: Written): ReadonlyMap<string, Complaint> {
  const read = surveyDocument.safeParse(document)
  if (read.success) return new Map()
  return new Map(
    read.error.issues.map(({ path, code, message }) => {
      const place = placeOf(path.join('.'))
      const [, own, crossed] = CODES.find(([pattern]) => pattern.test(place)) ?? []
      return [place, { code: (code === 'custom' ? crossed : undefined) ?? own ?? 'other', said: message }] as const
    }),
  )
}

/** Both languages of a text share a place, and so do the parts of an option. */
const placeOf = (path: string): string =>
  path.replace(/^(title|questions\.\d+\.ask)\..*$/, '$1').replace(/^(questions\.\d+\.options\.\d+)\..*$/, '$1')
