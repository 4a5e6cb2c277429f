import { sha256Hex } from '../ledger/chain.ts'
import type { CampaignDocument, Touch } from './document.ts'
import { hundredthsOfPercent } from './percent.ts'

/** Variants of a chain, tried against each other: who gets which, and what each makes otherwise. Rules K90 to K94. */

const WHOLE = 10_000n

/** A campaign as one variant makes it. */
export interface Tried {
  /** Null: the campaign tries none. */
  readonly variant: string | null
  readonly document: CampaignDocument
}

type Variant = NonNullable<CampaignDocument['variants']>[number]

/**
 * Which of its variants a campaign is for a member: drawn by campaign and member alone, and by another draw than the
 * control group's, so that the control group has its share of each. Rule K90.
 */
export function variantsOf(document: CampaignDocument): (member: string) => Tried {
  const { id, variants } = document
  if (variants === undefined) return () => ({ variant: null, document })
  const tried = variants.map((variant) => ({ variant: variant.key, document: asVariant(document, variant) }))
  let upTo = 0n
  const ends = variants.map(({ share }) => (upTo += hundredthsOfPercent(share)))
  return (member) => {
    const drawn = BigInt(`0x${sha256Hex(`variant\n${id}\n${member}`).slice(0, 15)}`) % WHOLE
    return tried[ends.findIndex((end) => drawn < end)]!
  }
}

/** The campaign as the variant of this key makes it, which was written down with a touch. */
export function triedAs(document: CampaignDocument, key: string | null): CampaignDocument {
  const variant = document.variants?.find((each) => each.key === key)
  return variant === undefined ? document : asVariant(document, variant)
}

/** The campaign with what a variant makes otherwise in the place of what is written. */
const asVariant = (document: CampaignDocument, variant: Variant): CampaignDocument => ({
  ...document,
  touches: changedTouches(document.touches, variant),
})

export const changedTouches = (touches: readonly Touch[], { touches: changes = {} }: Variant): Touch[] =>
  touches.map((touch): Touch => ({ ...touch, ...changes[touch.id] }) as Touch)

/** What is wrong with the variants among themselves and beside the touches; what they make of them is looked at outside. */
export function wrongInVariants(
  variants: readonly Variant[],
  touches: readonly Touch[],
  wrong: (path: (string | number)[], message: string) => void,
): void {
  const whole = variants.reduce((sum, { share }) => sum + (isPercent(share) ? hundredthsOfPercent(share) : 0n), 0n)
  if (variants.every(({ share }) => isPercent(share)) && whole !== WHOLE) {
    wrong(['variants'], `found shares of ${inPercent(whole)} % together; 100 is allowed`)
  }
  const made = variants.map((variant) => JSON.stringify(changedTouches(touches, variant)))
  for (const [place, { key, share, touches: changes = {} }] of variants.entries()) {
    const first = variants.findIndex((other) => other.key === key)
    if (first !== place) wrong(['variants', place, 'key'], `${key} is the name of variant ${first + 1} already`)
    if (isPercent(share) && hundredthsOfPercent(share) === 0n) {
      wrong(['variants', place, 'share'], 'found 0; more than 0 is allowed')
    }
    const twin = made.indexOf(made[place]!)
    if (twin !== place)
      wrong(['variants', place], `does the same as ${variants[twin]!.key}: there is nothing to compare`)
    for (const [id, change] of Object.entries(changes)) {
      const touch = touches.find((each) => each.id === id)
      if (touch === undefined) {
        const names = touches.map((each) => each.id).join(', ')
        wrong(['variants', place, 'touches', id], `found no touch of this name; ${names} are allowed`)
        continue
      }
      for (const field of Object.keys(change)) {
        if (field in touch) continue
        wrong(['variants', place, 'touches', id, field], `found ${field}; a touch "${touch.do}" has none`)
      }
    }
  }
}

const isPercent = (text: string): boolean => /^\d{1,3}(\.\d{1,2})?$/.test(text)
const inPercent = (hundredths: bigint): string => String(Number(hundredths) / 100)
