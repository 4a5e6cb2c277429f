import { useTranslation } from 'react-i18next'
import type { AnswerTrouble } from '../../shared/surveys/answer.ts'

/** Words of surveys at the counter: named by kinds and troubles that are looked up, so they stand outside the typed tree. */
const ru = {
  ask: (text: string) => `Спросите: «${text}»`,
  place: (place: number, total: number) => `${place} из ${total}`,
  answers: 'Ответ покупателя',
  yes: 'Да',
  no: 'Нет',
  none: 'Ничего из этого',
  done: 'Готово',
  decline: 'Не хочет отвечать',
  notNow: 'Не сейчас',
  range: (min: number | undefined, max: number | undefined) =>
    min !== undefined && max !== undefined ? `от ${min} до ${max}` : min !== undefined ? `от ${min}` : `до ${max}`,
  trouble: {
    yes_or_no: 'Выберите «да» или «нет»',
    unknown_option: 'Выберите из списка',
    not_a_number: 'Нужно число, например 12 или 12,5',
    out_of_range: 'Число вне допустимых границ',
    not_a_day: 'Нужна дата, например 05.03.2015',
    too_long: 'Не длиннее 300 знаков',
  } satisfies Record<AnswerTrouble, string>,
}

const en: typeof ru = {
  ask: (text) => `Ask: “${text}”`,
  place: (place, total) => `${place} of ${total}`,
  answers: 'The customer’s answer',
  yes: 'Yes',
  no: 'No',
  none: 'None of these',
  done: 'Done',
  decline: 'Does not want to answer',
  notNow: 'Not now',
  range: (min, max) =>
    min !== undefined && max !== undefined ? `${min} to ${max}` : min !== undefined ? `from ${min}` : `up to ${max}`,
  trouble: {
    yes_or_no: 'Choose “yes” or “no”',
    unknown_option: 'Choose from the list',
    not_a_number: 'A number is needed, such as 12 or 12.5',
    out_of_range: 'This number is out of range',
    not_a_day: 'A date is needed, such as 05.03.2015',
    too_long: 'At most 300 characters',
  },
}

export type AskingWords = typeof ru

export function useAskingWords(): AskingWords {
  const { i18n } = useTranslation()
  return i18n.language === 'en' ? en : ru
}
