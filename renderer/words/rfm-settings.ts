import { useTranslation } from 'react-i18next'

/** Words of how members are graded and what groups of grades are called; outside the tree of typed keys, as in `segments.ts`. */
const ru = {
  open: 'Как ставятся оценки',
  note: 'Оценка 1 — худшая. Карта, группы и новые сегменты из них следуют этим правилам; готовые сегменты не меняются.',
  method: 'Способ',
  methods: { quantile: 'Поровну покупателей', thresholds: 'По своим границам' },
  methodNote: {
    quantile: 'Границы считаются каждый раз так, чтобы в каждой оценке было примерно поровну покупателей.',
    thresholds: 'Границы стоят на месте, сколько бы покупателей ни было между ними.',
  },
  grades: 'Сколько оценок',
  now: 'Границы сегодня',
  nowOf: { r: 'Давность, дней: {cuts}', f: 'Частота, чеков: {cuts}', m: 'Сумма: {cuts}' },
  factor: { r: 'Давность', f: 'Частота', m: 'Сумма' },
  threshold: {
    r: 'Оценка {grade}: последняя покупка не старше, дней',
    f: 'Оценка {grade}: чеков не больше',
    m: 'Оценка {grade}: сумма не больше',
  },
  beyond: 'Дальше — оценка {grade}.',
  order: '«{factor}»: числа должны расти сверху вниз.',
  groups: 'Группы',
  groupsNote: 'Клетку получает первая сверху группа, которой она подходит.',
  usualGroups: 'Группы по умолчанию',
  ownGroups: 'Изменить группы',
  name: 'Название группы {place}',
  range: '{factor} группы {place}',
  any: 'любая',
  cells: 'Клеток: {count}',
  noCell: 'Не достаётся ни одной клетки: их забирают группы выше.',
  none: 'Клеток без группы: {count}.',
  up: 'Выше',
  down: 'Ниже',
  remove: 'Убрать',
  add: 'Добавить группу',
  group: 'Группа',
}

const en: typeof ru = {
  open: 'How grades are given',
  note: 'Grade 1 is the worst. The map, its groups and new segments made from them follow these rules; existing segments do not change.',
  method: 'Method',
  methods: { quantile: 'Equal numbers of customers', thresholds: 'By your own thresholds' },
  methodNote: {
    quantile: 'Thresholds are computed each time, so that each grade has about as many customers.',
    thresholds: 'Thresholds stay where they are, however many customers fall between them.',
  },
  grades: 'How many grades',
  now: 'Thresholds today',
  nowOf: { r: 'Recency, days: {cuts}', f: 'Frequency, receipts: {cuts}', m: 'Amount: {cuts}' },
  factor: { r: 'Recency', f: 'Frequency', m: 'Amount' },
  threshold: {
    r: 'Grade {grade}: last purchase at most, days ago',
    f: 'Grade {grade}: receipts at most',
    m: 'Grade {grade}: amount at most',
  },
  beyond: 'Beyond that, grade {grade}.',
  order: '“{factor}”: the numbers must increase from top to bottom.',
  groups: 'Groups',
  groupsNote: 'A cell belongs to the first group from the top that fits it.',
  usualGroups: 'Default groups',
  ownGroups: 'Change the groups',
  name: 'Name of group {place}',
  range: '{factor} of group {place}',
  any: 'any',
  cells: 'Cells: {count}',
  noCell: 'Gets no cell: the groups above take them all.',
  none: 'Cells without a group: {count}.',
  up: 'Up',
  down: 'Down',
  remove: 'Remove',
  add: 'Add a group',
  group: 'Group',
}

export type RfmWords = typeof ru

export function useRfmWords(): RfmWords {
  const { i18n } = useTranslation()
  return i18n.language === 'en' ? en : ru
}
