import type { CoreRefusal } from '../../shared/core-api.ts'
import { call } from '../components/desktop.ts'

export type Identified =
  | { readonly kind: 'found' }
  /** `isSure`: the cloud has said so. */
  | { readonly kind: 'nobody'; readonly phone: string; readonly isSure: boolean }
  | { readonly kind: 'refused'; readonly reason: CoreRefusal }

/** What the cashier typed to find a member: a phone where it looks like one, else whatever a scanner might have sent. */
export async function identify(text: string): Promise<Identified> {
  if (!looksLikePhone(text)) {
    const scan = await call('scans.take', { code: text.trim(), source: 'typed' })
    return scan.ok ? { kind: 'found' } : { kind: 'refused', reason: scan.reason }
  }
  const byPhone = await call('desk.member', { phone: text })
  if (byPhone.ok) return { kind: 'found' }
  if (byPhone.reason !== 'unknown_member' && byPhone.reason !== 'unknown_card')
    return { kind: 'refused', reason: byPhone.reason }
  // Eleven digits may be a card as well.
  const card = text.replace(/\D/g, '')
  const look = await call('members.find', { card })
  if (!look.ok) return { kind: 'nobody', phone: text, isSure: wasAsked(byPhone.detail) }
  const byCard = await call('desk.member', { card })
  return byCard.ok ? { kind: 'found' } : { kind: 'refused', reason: byCard.reason }
}

/** False: this till does not keep it, and the network may. */
export const wasAsked = (detail: unknown): boolean =>
  (detail as { readonly askedCloud?: false } | null | undefined)?.askedCloud !== false

/** "+7…", "8 912 …", "912 …": eleven digits from 7 or 8, ten from 9, or anything after a plus. */
export function looksLikePhone(text: string): boolean {
  const digits = text.replace(/[\s()\-.+]/g, '')
  if (!/^\d{7,15}$/.test(digits)) return false
  if (text.trim().startsWith('+')) return true
  return /^[78]\d{10}$/.test(digits) || /^9\d{9}$/.test(digits)
}
