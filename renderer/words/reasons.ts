import { useTranslation } from 'react-i18next'

/** Why something is not in the cloud yet, as part of a sentence: what the core and the cloud say is a code. */
const ru: Readonly<Record<string, string>> = {
  offline: 'нет связи',
  sending: 'отправляется',
  unreachable: 'облако не отвечает',
  fork: 'у облака другая история этой кассы',
  disk_full: 'на диске нет места',
  disk_low: 'место на диске кончается',
  revoked: 'касса отключена в офисе, подключите её заново',
  unknown_device: 'облако не знает эту кассу, подключите её заново',
  protocol_too_old: 'касса слишком старая для облака, обновите её',
  session_expired: 'связь открывается заново',
}
const en: Readonly<Record<string, string>> = {
  offline: 'there is no network',
  sending: 'it is being sent',
  unreachable: 'the cloud does not answer',
  fork: 'the cloud knows another history of this till',
  disk_full: 'the disk is full',
  disk_low: 'the disk is nearly full',
  revoked: 'the office has switched this till off, enrol it again',
  unknown_device: 'the cloud does not know this till, enrol it again',
  protocol_too_old: 'this till is too old for the cloud, update it',
  session_expired: 'the session is being opened again',
}

/** The words of a code in the window's language; one that nobody knows is quoted, for support. */
export function useReasonWords(): (code: string) => string {
  const { i18n } = useTranslation()
  const isEnglish = i18n.language === 'en'
  return (code) =>
    (isEnglish ? en : ru)[code] ??
    (isEnglish ? `the cloud answered “${code}”, tell support` : `облако ответило «${code}», сообщите в поддержку`)
}
