import { useTranslation } from 'react-i18next'

/** Words of the call list. */
const ru = {
  title: 'Звонки',
  none: 'Звонить сегодня некому.',
  noneAtAll: 'Открытых звонков нет.',
  due: (shown: string) => `Сегодня позвонить: ${shown}`,
  all: (shown: string) => `Открытых звонков: ${shown}`,
  first: (count: number) => `Показаны первые ${count}.`,
  which: 'Какие звонки',
  today: 'На сегодня',
  later: 'И отложенные',
  noName: 'Имя неизвестно',
  noPhone: 'Телефона нет',
  last: (day: string) => `Последняя покупка ${day}`,
  bought: (purchases: string, spend: string) => `Покупок ${purchases}, на ${spend}`,
  check: (check: string) => `средний чек ${check}`,
  gift: (points: string, day: string) => `Подарено ${points}, действует до ${day}`,
  giftOver: (points: string) => `Дарили ${points}, подарок уже истёк`,
  told: (kind: string, day: string) => `${kind}, ${day}`,
  attempts: (shown: string) => `Звонили: ${shown}`,
  until: (day: string) => `Закроется само ${day}`,
  on: (day: string) => `Перезвонить ${day}`,
  outcome: {
    reached: 'Поговорили',
    not_reached: 'Не ответил',
    refused: 'Больше не звонить',
    wrong_number: 'Не тот номер',
  },
  tryOn: 'Когда перезвонить',
  tryTomorrow: 'Завтра',
  tryIn: (days: number) => `Через ${days} дня`,
  tryWeek: 'Через неделю',
  refusedSure: 'Согласие на сообщения будет отозвано: этому гостю больше не придёт ничего.',
  cancel: 'Отмена',
  closed: 'Этот звонок уже закрыт: гость купил или ему позвонили с другой кассы.',
}

const en: typeof ru = {
  title: 'Calls',
  none: 'Nobody to call today.',
  noneAtAll: 'There are no open calls.',
  due: (shown) => `To call today: ${shown}`,
  all: (shown) => `Open calls: ${shown}`,
  first: (count) => `The first ${count} are shown.`,
  which: 'Which calls',
  today: 'For today',
  later: 'And later ones',
  noName: 'Name not known',
  noPhone: 'No phone number',
  last: (day) => `Last purchase ${day}`,
  bought: (purchases, spend) => `Purchases ${purchases}, for ${spend}`,
  check: (check) => `average check ${check}`,
  gift: (points, day) => `Given ${points}, valid until ${day}`,
  giftOver: (points) => `Given ${points}, over by now`,
  told: (kind, day) => `${kind}, ${day}`,
  attempts: (shown) => `Called: ${shown}`,
  until: (day) => `Closes by itself on ${day}`,
  on: (day) => `Call again on ${day}`,
  outcome: {
    reached: 'Talked',
    not_reached: 'No answer',
    refused: 'Do not call again',
    wrong_number: 'Wrong number',
  },
  tryOn: 'When to call again',
  tryTomorrow: 'Tomorrow',
  tryIn: (days) => `In ${days} days`,
  tryWeek: 'In a week',
  refusedSure: 'Consent to messages is withdrawn: this customer gets nothing any more.',
  cancel: 'Cancel',
  closed: 'This call is closed already: the customer has bought, or was called from another till.',
}

export function useCallWords(): typeof ru {
  const { i18n } = useTranslation()
  return i18n.language === 'en' ? en : ru
}
