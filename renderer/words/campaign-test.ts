import { useTranslation } from 'react-i18next'
import type { CampaignTest, TestFound } from '../../shared/campaigns/test-list.ts'

type MessageState = CampaignTest['list'][number]['messages'][number]['state']

/** Words for trying a campaign on a short list, beside those of campaigns. */
const ru = {
  title: 'Проверить на себе',
  note: 'Сообщения уйдут сразу, с пометкой «Проверка» и настоящими текстами. Ничего не начислим, в отчёт это не войдёт. Кто не давал согласия, не получит.',
  list: 'Карты или телефоны',
  listNote: (most: number) => `через запятую или с новой строки, не больше ${most}`,
  send: 'Отправить проверку',
  sending: 'Отправляем…',
  none: 'Назовите хотя бы одну карту или телефон',
  tooMany: (most: number) => `Не больше ${most} за раз`,
  found: {
    found: '',
    unknown: 'такого покупателя нет',
    several: 'с этим телефоном несколько покупателей: назовите карту',
    repeated: 'этот покупатель уже назван выше',
    no_consent: 'нет согласия на сообщения',
  } satisfies Record<TestFound, string>,
  state: {
    waiting: 'ждёт отправки',
    sending: 'отправляется',
    sent: 'отправлено',
    failed: 'не отправлено',
    uncertain: 'неизвестно, дошло ли',
    unavailable: 'в программе нет этого купона',
  } satisfies Record<MessageState, string>,
  noWords: 'В цепочке нет сообщений: отправлять нечего.',
  trouble: { 'no address': 'нет ни почты, ни телефона', 'consent was withdrawn': 'согласие отозвано' },
  noGateway: 'В облаке не настроены ни почта, ни SMS: отправить нечем.',
  reused: 'Такая проверка уже отправлена с другим списком. Нажмите ещё раз.',
}

const en: typeof ru = {
  title: 'Try it on yourself',
  note: 'The messages go out at once, marked “Test”, with the real texts. No points are given, and no report counts it. Customers without consent get none.',
  list: 'Cards or phones',
  listNote: (most) => `separated by commas or one per line, at most ${most}`,
  send: 'Send the test',
  sending: 'Sending…',
  none: 'Name at least one card or phone',
  tooMany: (most) => `At most ${most} at a time`,
  found: {
    found: '',
    unknown: 'there is no such customer',
    several: 'several customers share this phone number: name a card',
    repeated: 'this customer is already named above',
    no_consent: 'no consent to messages',
  },
  state: {
    waiting: 'waiting to be sent',
    sending: 'being sent',
    sent: 'sent',
    failed: 'not sent',
    uncertain: 'unknown whether it arrived',
    unavailable: 'the programme has no such coupon',
  },
  noWords: 'The chain has no messages: there is nothing to send.',
  trouble: { 'no address': 'no email and no phone number', 'consent was withdrawn': 'consent was withdrawn' },
  noGateway: 'Neither email nor SMS is set up in the cloud: nothing can be sent.',
  reused: 'This test was already sent with another list. Press again.',
}

export type TestWords = typeof ru

export function useTestWords(): TestWords {
  const { i18n } = useTranslation()
  return i18n.language === 'en' ? en : ru
}
