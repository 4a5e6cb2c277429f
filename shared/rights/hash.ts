/** Quick, good enough to spread names evenly, and the same everywhere; no secret is kept with it. */
export const HASH_START = 0x811c9dc5

/** FNV-1a over the text's UTF-16 units, going on from another hash. */
export function hashed(text: string, from: number): number {
  let hash = from
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return hash
}

/** The finish of MurmurHash3: names that differ in their last letter end up far apart. From 0 to 2 ** 32 - 1. */
export function mixed(hash: number): number {
  let h = hash
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}
