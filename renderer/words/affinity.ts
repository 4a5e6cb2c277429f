import { useTranslation } from 'react-i18next'

/** Words of what is bought together; outside the tree of typed keys, as in `segments.ts`. */
const ru = {
  of: 'Что сравнивать',
  ofs: { goods: 'Товары', categories: 'Категории' },
  minSupport: 'Пара есть не меньше чем в, % чеков',
  minConfidence: 'Второе берут не меньше, % из взявших первое',
  percent: 'Введено «{found}». Нужно число от {least} до 100, например 0,5.',
  title: 'Кто берёт одно, берёт и другое',
  receipts: 'По {count} чекам',
  note: 'Чаще обычного: во сколько раз чаще, чем если бы эти покупки не зависели друг от друга.',
  given: 'Берут',
  offer: 'Берут и',
  support: 'Чеков',
  confidence: 'Из взявших первое',
  lift: 'Чаще обычного',
  pairs: 'Пары',
  first: 'Первое',
  second: 'Второе',
  share: 'Доля чеков',
  none: 'Ничего не берут вместе так часто. Уменьшите доли выше.',
  nothing: 'Чеков с товарами ещё нет.',
  all: 'Показать все: {count}',
  offerTo: 'Кому предложить «{offer}»',
  offerNote: 'Покупали «{given}» и ни разу не покупали «{offer}».',
  segmentName: '{given}, но не {offer}',
  times: '×{lift}',
}

const en: typeof ru = {
  of: 'What to compare',
  ofs: { goods: 'Goods', categories: 'Categories' },
  minSupport: 'The pair is in at least, % of receipts',
  minConfidence: 'The second is bought by at least, % of buyers of the first',
  percent: 'Entered: “{found}”. A number from {least} to 100 is needed, such as 0.5.',
  title: 'Who buys one also buys the other',
  receipts: 'From {count} receipts',
  note: 'More than usual: how many times as often as if the two had nothing to do with each other.',
  given: 'Buys',
  offer: 'Also buys',
  support: 'Receipts',
  confidence: 'Of those who buy the first',
  lift: 'More than usual',
  pairs: 'Pairs',
  first: 'First',
  second: 'Second',
  share: 'Share of receipts',
  none: 'Nothing is bought together that often. Lower the shares above.',
  nothing: 'No receipts with goods yet.',
  all: 'Show all: {count}',
  offerTo: 'Who to offer “{offer}” to',
  offerNote: 'Customers who have bought “{given}” and never “{offer}”.',
  segmentName: '{given} but not {offer}',
  times: '×{lift}',
}

export type AffinityWords = typeof ru

export function useAffinityWords(): AffinityWords {
  const { i18n } = useTranslation()
  return i18n.language === 'en' ? en : ru
}
