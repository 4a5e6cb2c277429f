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
  bought: (purchases: string, spend: string) => `Покупок: ${purchases}, на ${spend}`,
  check: (check: string) => `средний чек ${check}`,
  gift: (points: string, day: string) => `Подарок ${points}, действует до ${day}`,
  giftOver: (points: string) => `Подарок ${points}, уже истёк`,
  told: (kind: string, day: string) => `${kind}, ${day}`,
  attempts: (shown: string) => `Звонили: ${shown}`,
  until: (day: string) => `Закроется само ${day}`,
  on: (day: string) => `Перезвонить ${day}`,
  outcome: {
    reached: 'Поговорили',
    not_reached: 'Нет ответа',
    refused: 'Больше не звонить',
    wrong_number: 'Не тот номер',
  },
  tryOn: 'Когда перезвонить',
  tryTomorrow: 'Завтра',
  tryIn: (days: number) => `Через ${days} дня`,
  tryWeek: 'Через неделю',
  refusedSure: 'Согласие на сообщения будет отозвано: этот покупатель больше ничего не получит.',
  cancel: 'Отмена',
  closed: 'Этот звонок уже закрыт: покупатель сделал покупку, или ему позвонили с другой кассы.',
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
  later: 'Postponed too',
  noName: 'Name unknown',
  noPhone: 'No phone number',
  last: (day) => `Last purchase ${day}`,
  bought: (purchases, spend) => `Purchases: ${purchases}, for ${spend}`,
  check: (check) => `average check ${check}`,
  gift: (points, day) => `Gift of ${points}, valid until ${day}`,
  giftOver: (points) => `Gift of ${points}, expired`,
  told: (kind, day) => `${kind}, ${day}`,
  attempts: (shown) => `Called: ${shown}`,
  until: (day) => `Closes automatically on ${day}`,
  on: (day) => `Call again on ${day}`,
  outcome: {
    reached: 'Reached',
    not_reached: 'No answer',
    refused: 'Do not call again',
    wrong_number: 'Wrong number',
  },
  tryOn: 'When to call again',
  tryTomorrow: 'Tomorrow',
  tryIn: (days) => `In ${days} days`,
  tryWeek: 'In a week',
  refusedSure: 'Consent to messages will be withdrawn: this customer will get no more of them.',
  cancel: 'Cancel',
  closed: 'This call is already closed: the customer has bought something, or was called from another till.',
}

export function useCallWords(): typeof ru {
  const { i18n } = useTranslation()
  return i18n.language === 'en' ? en : ru
}
