import type { Item } from './items.ts'
import type { LedgerTx, Origin, Stream } from './port.ts'

/**
 * An entry and whatever a till adopted from it in a later epoch are one fact: the first to arrive is booked, the second
 * is answered as the first was. Source: rule S12 of shared/sync/SPEC.md.
 */
export async function knowAgain(
  tx: LedgerTx,
  stream: Stream,
  items: readonly Item[],
  newestEpoch: number,
): Promise<readonly Item[]> {
  const origins = items.flatMap((item) => originOf(item, stream.epoch < newestEpoch) ?? [])
  if (origins.length === 0) return items
  const known = await tx.answersAbout(stream.device, origins)
  return items.map((item) => {
    const again = known.get(originOf(item, true)?.hash ?? '')
    return again === undefined ? item : { ...item, again }
  })
}

/** What `items` stand for, for those that come later. */
export function adoptedBy(items: readonly Item[]): readonly { readonly hash: string; readonly seq: number }[] {
  return items.flatMap(({ seq, read, again }) =>
    again === undefined && 'entry' in read && read.entry.adopted !== undefined
      ? [{ hash: read.entry.adopted.hash, seq }]
      : [],
  )
}

/** `isOld`: the till has gone on to another epoch, so the entry itself may have been adopted there. */
function originOf({ read, seq, hash }: Item, isOld: boolean): Origin | undefined {
  if (!('entry' in read)) return undefined
  const { adopted, epoch } = read.entry
  return adopted ?? (isOld ? { epoch, seq, hash } : undefined)
}
