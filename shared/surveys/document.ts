import { z } from 'zod'
import { dayText } from '../wire.ts'

/** A survey as it is written, sent and kept: a few short questions, each of whose answers becomes an attribute. Rules K100 to K103. */

export const QUESTIONS_MAX = 10
export const OPTIONS_MAX = 10
/** An option that nobody may name: several of a few, and none of them. */
export const NONE_CHOSEN = 'none'
const NUMBER_MAX = 1_000_000_000

export const surveyId = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,39}$/, { error: 'such as "children": a–z, 0–9 and "-" are allowed, up to 40' })
const questionId = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,39}$/, { error: 'such as "has-children": a–z, 0–9 and "-" are allowed, up to 40' })
const optionId = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,19}$/, { error: 'such as "coffee": a–z, 0–9 and "-" are allowed, up to 20' })
  .refine((id) => id !== NONE_CHOSEN, { error: `any name but "${NONE_CHOSEN}", which says that nothing was chosen` })
/** No dot in it: a date's year and each of several have names of their own behind one. */
const attribute = z
  .string()
  .regex(/^\p{L}[\p{L}\p{N}_-]{0,39}$/u, { error: 'such as "has_children": letters, digits, "_" and "-" are allowed' })

/** In Russian, in English or both. */
const words = (most: number) => {
  const text = z.string().trim().min(1).max(most)
  return z
    .strictObject({ ru: text.optional(), en: text.optional() })
    .refine(({ ru, en }) => ru !== undefined || en !== undefined, {
      error: 'a text in Russian ("ru") or English ("en")',
    })
}
export type SurveyWords = { readonly ru?: string | undefined; readonly en?: string | undefined }

const common = { id: questionId, ask: words(200), attribute }
const options = z
  .array(z.strictObject({ id: optionId, label: words(60) }))
  .min(2, { error: `from 2 to ${OPTIONS_MAX} options are allowed` })
  .max(OPTIONS_MAX, { error: `from 2 to ${OPTIONS_MAX} options are allowed` })
const bound = z
  .number()
  .min(-NUMBER_MAX)
  .max(NUMBER_MAX)
  .refine((value) => hasTwoDecimals(value), { error: 'at most two decimals are allowed' })

/** Whether a number needs no more than two decimals. */
export const hasTwoDecimals = (value: number): boolean => Number(value.toFixed(2)) === value

export const question = z.discriminatedUnion('kind', [
  z.strictObject({ ...common, kind: z.literal('yesNo') }),
  z.strictObject({ ...common, kind: z.literal('one'), options }),
  z.strictObject({ ...common, kind: z.literal('several'), options }),
  z.strictObject({ ...common, kind: z.literal('number'), min: bound.optional(), max: bound.optional() }),
  z.strictObject({ ...common, kind: z.literal('date') }),
  /** What somebody says in their own words; it never stands in the clear. */
  z.strictObject({ ...common, kind: z.literal('text') }),
])
export type Question = z.infer<typeof question>
export type QuestionKind = Question['kind']
export const QUESTION_KINDS = [
  'yesNo',
  'one',
  'several',
  'number',
  'date',
  'text',
] as const satisfies readonly QuestionKind[]

export const surveyDocument = z
  .strictObject({
    schema: z.literal('survey/1'),
    id: surveyId,
    title: words(100),
    questions: z
      .array(question)
      .min(1, { error: `from 1 to ${QUESTIONS_MAX} questions are allowed` })
      .max(QUESTIONS_MAX, { error: `from 1 to ${QUESTIONS_MAX} questions are allowed` }),
    /** Asked at the till of whoever is in this segment, or of everybody, until they have answered; missing: only by campaigns and links. */
    standing: z.strictObject({ segment: z.string().min(1).max(80).optional() }).optional(),
    /** The last day on which it is asked and answered; missing: until it is closed. */
    until: dayText.optional(),
  })
  .superRefine(({ questions }, context) => {
    const wrong = (path: (string | number)[], message: string) => context.addIssue({ code: 'custom', path, message })
    for (const [index, each] of questions.entries()) {
      const before = questions.slice(0, index)
      const [sameId, sameAttribute] = [
        before.findIndex(({ id }) => id === each.id),
        before.findIndex((other) => other.attribute === each.attribute),
      ]
      if (sameId >= 0) wrong(['questions', index, 'id'], `${each.id} is the name of question ${sameId + 1} already`)
      if (sameAttribute >= 0) {
        const message = `question ${sameAttribute + 1} makes ${each.attribute} already; each makes one of its own`
        wrong(['questions', index, 'attribute'], message)
      }
      if (each.kind === 'number' && each.min !== undefined && each.max !== undefined && each.max < each.min) {
        wrong(['questions', index, 'max'], `found ${each.max}; at least ${each.min} is allowed`)
      }
      if (each.kind !== 'one' && each.kind !== 'several') continue
      for (const [place, { id }] of each.options.entries()) {
        const first = each.options.findIndex((other) => other.id === id)
        if (first !== place) {
          wrong(['questions', index, 'options', place, 'id'], `${id} is the name of option ${first + 1} already`)
        }
      }
    }
  })
export type SurveyDocument = z.infer<typeof surveyDocument>

/** Words in a language, or in the other where there are none in it. */
export const wordsIn = (said: SurveyWords, language: 'ru' | 'en'): string =>
  (language === 'en' ? (said.en ?? said.ru) : (said.ru ?? said.en)) ?? ''

/** How the ledger names a survey: which version was asked belongs to the answer. */
export const askedName = (survey: string, version: number): string => `${survey}@${version}`

/** Undefined: no name of that kind. */
export function surveyAsked(name: string): { readonly survey: string; readonly version: number } | undefined {
  const found = /^([a-z0-9][a-z0-9-]{0,39})@([1-9]\d{0,5})$/.exec(name)
  return found === null ? undefined : { survey: found[1]!, version: Number(found[2]) }
}

/** A survey on its way to a till: what of it is not answered yet. Answers name it as `name` does, version and all. */
export const askedSurvey = z.strictObject({
  name: z.string().min(1).max(100),
  title: z.strictObject({ ru: z.string().optional(), en: z.string().optional() }),
  questions: z.array(question).min(1),
})
export type AskedSurvey = z.infer<typeof askedSurvey>
