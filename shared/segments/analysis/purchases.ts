import { z } from 'zod'

/** Members by how often they bought, with the holders of certain cards apart. Source: DESIGN 13. */
export const PURCHASE_SEGMENTS = ['zero', 'one', 'few', 'many', 'vip'] as const
export type PurchaseSegment = (typeof PURCHASE_SEGMENTS)[number]

export const purchasesSettings = z.strictObject({
  /** Two up to so many purchases are a few. */
  fewMax: z.int().min(2).max(100_000).default(3),
  vipCardTypes: z.array(z.string().min(1).max(64)).max(50).default(['vip']),
})
export type PurchasesSettings = z.infer<typeof purchasesSettings>

export interface PurchasesFacts {
  readonly purchases: number
  readonly cardType: string | null
}

export function purchaseSegmentOf(
  { purchases, cardType }: PurchasesFacts,
  settings: PurchasesSettings,
): PurchaseSegment {
  if (cardType !== null && settings.vipCardTypes.includes(cardType)) return 'vip'
  if (purchases === 0) return 'zero'
  if (purchases === 1) return 'one'
  return purchases <= settings.fewMax ? 'few' : 'many'
}
