import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'

/** Pictures of a pass: the shop's own, or the product's small ones. */

const SIGNATURE = Buffer.from('89504e470d0a1a0a', 'hex')
const PNG_BYTES_MAX = 300_000
const SIDE_MAX = 1500

/** A PNG in base64; its bytes. */
export const pngAsked = z
  .string()
  .max(Math.ceil((PNG_BYTES_MAX * 4) / 3) + 4, { error: `a PNG of at most ${PNG_BYTES_MAX} bytes is allowed` })
  .transform((text, context) => {
    const png = Buffer.from(text, 'base64')
    const [width, height] = sizeOf(png) ?? [0, 0]
    if (width > 0 && height > 0 && width <= SIDE_MAX && height <= SIDE_MAX) return png
    context.addIssue({ code: 'custom', message: `a PNG in base64, at most ${SIDE_MAX} by ${SIDE_MAX}, is allowed` })
    return z.NEVER
  })

function sizeOf(png: Buffer): [number, number] | undefined {
  if (png.length < 24 || !png.subarray(0, 8).equals(SIGNATURE)) return undefined
  return [png.readUInt32BE(16), png.readUInt32BE(20)]
}

const own = (name: string): Buffer => readFileSync(join(import.meta.dirname, 'images', name))
const product = {
  'icon.png': own('icon.png'),
  'icon@2x.png': own('icon@2x.png'),
  'icon@3x.png': own('icon@3x.png'),
  'logo.png': own('logo.png'),
  'logo@2x.png': own('logo@2x.png'),
}

/** The pictures of a pass by their names in it; Wallet fits one picture to every screen. */
export function passImages({ logo, icon }: { readonly logo: Buffer | null; readonly icon: Buffer | null }) {
  return {
    ...product,
    ...(icon === null ? {} : { 'icon.png': icon, 'icon@2x.png': icon, 'icon@3x.png': icon }),
    ...(logo === null ? {} : { 'logo.png': logo, 'logo@2x.png': logo }),
  }
}

/** For Google, which fetches it; a round picture of some size. */
export const publicLogo = ({ logo, icon }: { readonly logo: Buffer | null; readonly icon: Buffer | null }): Buffer =>
  icon ?? logo ?? product['logo@2x.png']
