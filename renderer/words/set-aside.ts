import { useTranslation } from 'react-i18next'
import type { QuarantineItem } from '../../shared/core-api.ts'
import type { QuarantineCode } from '../../shared/ledger/quarantine.ts'

/** Why the cloud has set an entry aside, in Russian; in English the cloud says it itself. */
const booking: Readonly<Record<QuarantineCode, string>> = {
  unknown_programme: 'Посчитано по версии программы, которая не публиковалась.',
  programme_differs: 'Посчитано по другому тексту программы, чем опубликован под этой версией.',
  unknown_member: 'Такого покупателя в сети нет.',
  unknown_card: 'Такой карты в сети нет.',
  card_of_another_member: 'Карта принадлежит другому покупателю.',
  member_already_enrolled: 'Этот покупатель уже заведён.',
  receipt_already_booked: 'Чек с этим номером в этой точке уже проведён.',
  unknown_receipt: 'Возврат по чеку, которого в сети (пока) нет.',
  returns_more_than_sold: 'Возвращают больше, чем продано и ещё не возвращено.',
  nothing_left_to_return: 'По этому чеку всё уже вернули.',
  unknown_line: 'Возвращают строку, которой в чеке нет.',
  sums_differ: 'Баллы по строкам не складываются в баллы чека.',
  points_without_member: 'Баллы есть, а покупателя нет.',
  bad_amount: 'Есть сумма или день, которых быть не может.',
  already_merged: 'Этого покупателя уже объединили с другим.',
  merged_into_itself: 'Покупателя нельзя объединить с ним самим.',
  receipt_has_member: 'У этого чека уже есть покупатель.',
  not_for_a_till: 'Такую запись делает только облако: касса не создаёт баллов, штампов и купонов.',
  unknown_right: 'Право на списание, которого у этой кассы нет.',
}
const ru: Readonly<Record<string, string>> = {
  ...booking,
  unreadable: 'Облако не смогло прочитать эту запись; она сохранена такой, какой пришла.',
  wrong_place: 'Запись относится к другой кассе или к другому номеру.',
  bad_hash: 'Запись изменена: контрольная сумма не сходится.',
  chain_broken: 'Запись не продолжает предыдущую.',
  bad_profile: 'Анкета не та, с которой сделана запись.',
  bad_said: 'Текст не тот, с которым сделана запись.',
  revoked: 'Касса прислала это, когда была уже отключена; ничего не учтено.',
  cannot_be_booked: 'Облако не справилось с этой записью; она сохранена такой, какой пришла.',
}

/** What a manager reads of an entry that was set aside; of a code that nobody knows here, what the cloud says. */
export function useSetAsideWords(): (item: Pick<QuarantineItem, 'code' | 'message'>) => string {
  const { i18n } = useTranslation()
  return ({ code, message }) => (i18n.language === 'en' ? message : (ru[code] ?? message))
}
