import { asTyped } from '../../components/amounts.ts'

/** A share as a person types it, in percent: "0,5" is 0.005. Null: no number, or beyond 100; "above": 0 is none either. */
export function shareFrom(text: string, least: 'above' | 'from'): number | null {
  const written = text.trim().replace(',', '.')
  if (!/^\d{1,3}(\.\d{1,3})?$/.test(written)) return null
  const percent = Number(written)
  if (percent > 100 || (least === 'above' && percent === 0)) return null
  return Number((percent / 100).toFixed(5))
}

/** The same share as a person types it: 0.001 is "0,1" in Russian. */
export const percentText = (share: number, language: 'ru' | 'en'): string =>
  asTyped(String(Number((share * 100).toFixed(3))), language)
