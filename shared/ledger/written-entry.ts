import { entryHash, inCanonicalOrder } from './chain.ts'
import { type LedgerEntry, ledgerEntry } from './entry.ts'

/**
 * A new entry with its hash, read by the schema: a shape that the cloud could not read fails here, loudly. Its keys stand
 * in the order in which they are hashed, so that nobody who reads its text later, and least of all the cloud, has to
 * bring them into it.
 */
export function writtenEntry(raw: unknown): { readonly entry: LedgerEntry; readonly hash: string } {
  const entry = inCanonicalOrder(ledgerEntry.parse(raw))
  return { entry, hash: entryHash(entry) }
}
