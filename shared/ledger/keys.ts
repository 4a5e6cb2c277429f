import type { DeviceId } from '../ids.ts'
import type { EntryKey, LedgerEntry } from './entry.ts'

/** What the cloud books itself stands in a stream of its own, chained like a till's. */
export const CLOUD_DEVICE = 'cloud' as DeviceId

/** The name of an entry: (device, epoch, seq). */
export function keyOf(entry: LedgerEntry): EntryKey {
  return { device: entry.device, epoch: entry.epoch, seq: entry.seq }
}

/** "<device>/<epoch>/<seq>": the beginning of the id of every lot that the entry made. */
export function keyText(key: EntryKey): string {
  return `${key.device}/${key.epoch}/${key.seq}`
}

export function sameKey(a: EntryKey, b: EntryKey): boolean {
  return a.device === b.device && a.epoch === b.epoch && a.seq === b.seq
}

/** Whether a lot was made by an entry. */
export function isLotOf(key: EntryKey): (lot: { readonly id: string }) => boolean {
  const prefix = `${keyText(key)}/`
  return (lot) => lot.id.startsWith(prefix)
}
