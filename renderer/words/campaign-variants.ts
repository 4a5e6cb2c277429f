import { useTranslation } from 'react-i18next'

/** Words for variants of a chain that are tried against each other, beside those of campaigns. */
const ru = {
  title: 'Сравнить варианты',
  note: 'Каждому покупателю достаётся один вариант, всегда тот же. Отчёт покажет, какой вернул больше.',
  begin: 'Сравнить два варианта',
  more: 'Ещё вариант',
  none: 'Не сравнивать',
  remove: 'Убрать вариант',
  variant: (key: string) => `Вариант ${key}`,
  asWritten: 'Цепочка, как она написана выше.',
  share: 'Доля покупателей, %',
  touch: (place: number, kind: string) => `${place}. ${kind}`,
  same: 'как в цепочке',
  changed: 'иначе',
  emptyNote: 'пусто: как в цепочке',
  shown: (key: string, share: string) => `Вариант ${key}: ${share} % покупателей`,
  shownSame: 'как написано',
  reach: (parts: string) => `По вариантам: ${parts}.`,
  result: {
    title: 'Какой вариант лучше',
    metric: 'Показатель',
    treated: 'Получили касания',
    bought: 'Купили за 14 дней',
    conversion: 'Конверсия',
    uplift: 'Прирост к контролю',
    difference: (first: string) => `Разница с вариантом ${first}`,
    sent: 'Касаний сделано',
    given: 'Подарено баллов',
    spent: 'Потрачено баллов',
    revenue: 'Выручка',
    margin: 'Маржа',
    marginEach: 'Маржа с покупателя',
    early: (members: number) => `Рано судить: нужно по ${members} покупателей в каждом варианте.`,
    better: (key: string, other: string, difference: string) =>
      `Вариант ${key} возвращает больше покупателей, чем вариант ${other}: ${difference}.`,
    unclear: 'Разницы, которую не объяснить случаем, пока не видно.',
    first: 'с ним сравниваем',
    note: 'Интервалы вместе верны на 95 %. Смотрите и на маржу: больший подарок возвращает больше, но и стоит дороже.',
  },
}

const en: typeof ru = {
  title: 'Compare variants',
  note: 'Each customer gets one variant, always the same. The report shows which one brought more customers back.',
  begin: 'Compare two variants',
  more: 'One more variant',
  none: 'Do not compare',
  remove: 'Remove the variant',
  variant: (key) => `Variant ${key}`,
  asWritten: 'The chain as it is written above.',
  share: 'Share of customers, %',
  touch: (place, kind) => `${place}. ${kind}`,
  same: 'as in the chain',
  changed: 'different',
  emptyNote: 'empty: as in the chain',
  shown: (key, share) => `Variant ${key}: ${share} % of the customers`,
  shownSame: 'as written',
  reach: (parts) => `By variant: ${parts}.`,
  result: {
    title: 'Which variant is better',
    metric: 'Figure',
    treated: 'Contacted',
    bought: 'Bought within 14 days',
    conversion: 'Conversion',
    uplift: 'Uplift over control',
    difference: (first) => `Difference from variant ${first}`,
    sent: 'Touches made',
    given: 'Points given',
    spent: 'Points spent',
    revenue: 'Revenue',
    margin: 'Margin',
    marginEach: 'Margin per customer',
    early: (members) => `Too early to tell: ${members} customers are needed in each variant.`,
    better: (key, other, difference) =>
      `Variant ${key} brings more customers back than variant ${other}: ${difference}.`,
    unclear: 'There is no difference yet that chance could not explain.',
    first: 'the others are compared with it',
    note: 'The intervals together hold for 95 %. Look at the margin too: a larger gift brings more customers back, but costs more.',
  },
}

export type VariantWords = typeof ru

export function useVariantWords(): VariantWords {
  const { i18n } = useTranslation()
  return i18n.language === 'en' ? en : ru
}

/** "a" is "A" for whoever reads it. */
export const letterOf = (key: string): string => key.toUpperCase()
