import { useTranslation } from 'react-i18next'
import { FAMILIES, SEGMENTS_OF } from '../../shared/segments/families.ts'

/** What the segments that every network has are called at the counter: no numbers, for those are the owner's settings. */
const ru: Readonly<Record<string, string>> = {
  'activity.zero': 'Без покупок',
  'activity.active': 'Активные',
  'activity.returned': 'Вернувшиеся',
  'activity.preChurn': 'Предотток',
  'activity.churn': 'Отток',
  'activity.gone': 'Ушедшие',
  'cafe.vip': 'VIP',
  'cafe.loyal': 'Лояльные',
  'cafe.refused': 'Отказ',
  'cafe.lost': 'Потерянные',
  'cafe.atRisk': 'Риск потерять',
  'cafe.potentiallyLoyal': 'Потенциально лояльные',
  'purchases.zero': 'Без покупок',
  'purchases.one': 'Одна покупка',
  'purchases.few': 'Несколько покупок',
  'purchases.many': 'Много покупок',
  'purchases.vip': 'VIP',
}
const en: Readonly<Record<string, string>> = {
  'activity.zero': 'No purchase',
  'activity.active': 'Active',
  'activity.returned': 'Returned',
  'activity.preChurn': 'Pre-churn',
  'activity.churn': 'Churn',
  'activity.gone': 'Gone',
  'cafe.vip': 'VIP',
  'cafe.loyal': 'Loyal',
  'cafe.refused': 'Refused',
  'cafe.lost': 'Lost',
  'cafe.atRisk': 'At risk',
  'cafe.potentiallyLoyal': 'Potentially loyal',
  'purchases.zero': 'No purchase',
  'purchases.one': 'One purchase',
  'purchases.few': 'A few purchases',
  'purchases.many': 'Many purchases',
  'purchases.vip': 'VIP',
}

/** Ids of the presets' segments. */
export const PRESET_SEGMENTS: readonly string[] = FAMILIES.flatMap((family) =>
  SEGMENTS_OF[family].map((segment) => `${family}.${segment}`),
)

/** As its owner calls it, of a preset in the till's own words; else by its id. */
export function segmentName(id: string, told: Readonly<Record<string, string>> | undefined, language: string): string {
  return told?.[id] ?? (language === 'en' ? en : ru)[id] ?? id
}

/** The same in the window's language. */
export function useSegmentName(): (id: string, told: Readonly<Record<string, string>> | undefined) => string {
  const { i18n } = useTranslation()
  return (id, told) => segmentName(id, told, i18n.language)
}
