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
  const firstOf = new Map<string, number>()
  return items.map((item) => {
    const fact = originOf(item, true)?.hash
    if (fact === undefined) return item
    const again = known.get(fact)
    if (again !== undefined) return { ...item, again }
    // a till whose books were torn may have adopted the same entry twice
    const sameAs = firstOf.get(fact)
    if (sameAs !== undefined) return { ...item, sameAs }
    firstOf.set(fact, item.seq)
    return item
  })
}

/** What `items` stand for, for those that come later. */
export function adoptedBy(items: readonly Item[]): readonly { readonly hash: string; readonly seq: number }[] {
  return items.flatMap(({ seq, read, again, sameAs }) =>
    again === undefined && sameAs === undefined && 'entry' in read && read.entry.adopted !== undefined
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
