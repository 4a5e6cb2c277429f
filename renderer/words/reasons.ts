import { useTranslation } from 'react-i18next'

/** Why something is not in the cloud yet, as part of a sentence: what the core and the cloud say is a code. */
const ru: Readonly<Record<string, string>> = {
  offline: 'нет связи',
  sending: 'отправляется',
  unreachable: 'облако не отвечает',
  fork: 'данные кассы и облака расходятся',
  disk_full: 'на диске нет места',
  disk_low: 'место на диске кончается',
  revoked: 'касса отключена в офисе, подключите её заново',
  unknown_device: 'облако не знает эту кассу, подключите её заново',
  protocol_too_old: 'программа на кассе устарела, обновите её',
  session_expired: 'связь открывается заново',
}
const en: Readonly<Record<string, string>> = {
  offline: 'there is no connection',
  sending: 'it is being sent',
  unreachable: 'the cloud does not answer',
  fork: 'the till and the cloud do not agree',
  disk_full: 'the disk is full',
  disk_low: 'the disk is nearly full',
  revoked: 'the office has disconnected this till, join it again',
  unknown_device: 'the cloud does not know this till, join it again',
  protocol_too_old: 'the app on this till is out of date, update it',
  session_expired: 'the connection is being opened again',
}

/** The words of a code in the window's language; one that nobody knows is quoted, for support. */
export function useReasonWords(): (code: string) => string {
  const { i18n } = useTranslation()
  const isEnglish = i18n.language === 'en'
  return (code) =>
    (isEnglish ? en : ru)[code] ??
    (isEnglish ? `the cloud answered “${code}”, tell support` : `облако ответило «${code}», сообщите в поддержку`)
}
