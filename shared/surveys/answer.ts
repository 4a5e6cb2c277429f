import { z } from 'zod'
import { ok, type Result, refuse, unreachable } from '../result.ts'
import type { Scalar } from '../segments/predicate.ts'
import { dayText } from '../wire.ts'
import { hasTwoDecimals, NONE_CHOSEN, type Question } from './document.ts'

/**
 * An answer as it travels: "yes" and "no", an option, options by commas in the survey's order, a number, a day, own words.
 * Nothing at all: the member does not want to say, which is an answer too. Rules K102, K103.
 */
export const DECLINED = ''
/** What the ledger says of a day or of own words: the words themselves travel beside the entry. */
export const SAID = 'said'
export const TEXT_MAX = 300

export type AnswerTrouble = 'yes_or_no' | 'unknown_option' | 'not_a_number' | 'out_of_range' | 'not_a_day' | 'too_long'

/** The answer in its one form; what is wrong with it else. Empty is `DECLINED`, whatever is asked. */
export function readAnswer(question: Question, given: string | readonly string[]): Result<string, AnswerTrouble> {
  const list = (typeof given === 'string' ? given.split(',') : given)
    .map((each) => each.trim())
    .filter((each) => each !== '')
  const text = (typeof given === 'string' ? given : given.join(',')).trim()
  if (list.length === 0 && text === '') return ok(DECLINED)
  switch (question.kind) {
    case 'yesNo':
      return text === 'yes' || text === 'no' ? ok(text) : refuse('yes_or_no')
    case 'one':
      return question.options.some(({ id }) => id === text) ? ok(text) : refuse('unknown_option')
    case 'several': {
      if (text === NONE_CHOSEN) return ok(NONE_CHOSEN)
      const ids: readonly string[] = question.options.map(({ id }) => id)
      if (list.some((each) => !ids.includes(each))) return refuse('unknown_option')
      return ok(ids.filter((id) => list.includes(id)).join(','))
    }
    case 'number': {
      const typed = text.replace(',', '.').replaceAll(/\s/g, '')
      if (!/^-?\d{1,10}(\.\d{1,2})?$/.test(typed)) return refuse('not_a_number')
      const value = Number(typed)
      if (!hasTwoDecimals(value)) return refuse('not_a_number')
      if (value < (question.min ?? -Infinity) || value > (question.max ?? Infinity)) return refuse('out_of_range')
      return ok(String(value === 0 ? 0 : value))
    }
    case 'date': {
      const day = dayFrom(text)
      return dayText.safeParse(day).success && /^(19|20|21)/.test(day) ? ok(day) : refuse('not_a_day')
    }
    case 'text':
      return text.length <= TEXT_MAX ? ok(text.normalize('NFC')) : refuse('too_long')
    default:
      return unreachable(question)
  }
}

/** "5.3.2015" as people write it here is "2015-03-05". */
function dayFrom(text: string): string {
  const found = /^(\d{1,2})\.(\d{1,2})\.(\d{4})$/.exec(text)
  return found === null ? text : `${found[3]}-${found[2]!.padStart(2, '0')}-${found[1]!.padStart(2, '0')}`
}

/** Answers that may tell who somebody is: they are sealed, and the ledger holds a hash of them alone. Rule K103. */
export const isPersonal = ({ kind }: Question): boolean => kind === 'date' || kind === 'text'

/** What travels beside the entry of a personal answer; the salt keeps its hash from being guessed. */
export const said = z.strictObject({ text: z.string().min(1).max(TEXT_MAX), salt: z.string().min(1).max(100) })
export type Said = z.infer<typeof said>

/** The attributes that an answer in its one form becomes; none where the member did not want to say. Rule K104. */
export function attributesOf(question: Question, answer: string): Readonly<Record<string, Scalar>> {
  if (answer === DECLINED) return {}
  const { attribute } = question
  switch (question.kind) {
    case 'yesNo':
      return { [attribute]: answer === 'yes' }
    case 'one':
    case 'text':
      return { [attribute]: answer }
    case 'number':
      return { [attribute]: Number(answer) }
    case 'date':
      return { [attribute]: answer, [`${attribute}.year`]: Number(answer.slice(0, 4)) }
    case 'several': {
      const chosen = answer.split(',')
      return Object.fromEntries(question.options.map(({ id }) => [`${attribute}.${id}`, chosen.includes(id)]))
    }
    default:
      return unreachable(question)
  }
}
