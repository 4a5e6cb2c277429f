import { sql } from 'kysely'
import type { DeviceId, TenantId } from '../../shared/ids.ts'
import type { Item } from '../../shared/intake/items.ts'
import type { Answer, Origin, Stream } from '../../shared/intake/port.ts'
import type { Disposition } from '../../shared/sync/protocol.ts'
import type { Tx } from '../database/connect.ts'
import { CopyRows } from '../database/copy-rows.ts'
import type { Keys } from '../secrets/keys.ts'
import { seal } from '../secrets/seal.ts'

export async function answersIn(
  tx: Tx,
  tenant: TenantId,
  stream: Stream,
  from: number,
  count: number,
): Promise<readonly Answer[]> {
  const rows = await tx
    .selectFrom('entry')
    .select(['seq', 'hash', 'disposition'])
    .where('tenant', '=', tenant)
    .where('device', '=', stream.device)
    .where('epoch', '=', stream.epoch)
    .where(sql<boolean>`seq between ${from} and ${from + count - 1}`)
    .orderBy('seq')
    .execute()
  return rows.map(({ seq, hash, disposition }) => ({
    seq: Number(seq),
    hash,
    disposition: disposition as Disposition,
  }))
}

/** Entries by their own place, and those that were adopted from them. */
export async function answersAbout(
  tx: Tx,
  tenant: TenantId,
  device: DeviceId,
  origins: readonly Origin[],
): Promise<ReadonlyMap<string, Disposition>> {
  const { rows } = await sql<{ hash: string; disposition: Disposition }>`
    with origin as (
      select * from unnest(
        ${origins.map(({ epoch }) => epoch)}::integer[], ${origins.map(({ seq }) => seq)}::bigint[],
        ${origins.map(({ hash }) => hash)}::text[]
      ) as u (epoch, seq, hash)
    )
    select o.hash, e.disposition from origin o
      join entry e on e.tenant = ${tenant} and e.device = ${device} and e.epoch = o.epoch and e.seq = o.seq and e.hash = o.hash
    union all
    select o.hash, e.disposition from origin o
      join adopted a on a.tenant = ${tenant} and a.device = ${device} and a.hash = o.hash
      join entry e on e.tenant = ${tenant} and e.device = ${device} and e.epoch = a.epoch and e.seq = a.seq`.execute(tx)
  return new Map(rows.map(({ hash, disposition }) => [hash, disposition]))
}

export async function saveAdopted(
  tx: Tx,
  tenant: TenantId,
  { device, epoch }: Stream,
  adopted: readonly { readonly hash: string; readonly seq: number }[],
): Promise<void> {
  await tx
    .insertInto('adopted')
    .values(adopted.map(({ hash, seq }) => ({ tenant, device, hash, epoch, seq: BigInt(seq) })))
    .onConflict((conflict) => conflict.columns(['tenant', 'device', 'hash']).doNothing())
    .execute()
}

export async function saveEntries(
  tx: Tx,
  tenant: TenantId,
  keys: Keys,
  stream: Stream,
  entries: readonly { readonly item: Item; readonly disposition: Disposition }[],
  receivedAt: string,
): Promise<void> {
  const context = (seq: number) => `bonusbook/set-aside/1\n${tenant}\n${stream.device}\n${stream.epoch}\n${seq}`
  const rows = new CopyRows()
  for (const { item, disposition } of entries) {
    const { seq, hash, text, read, raw } = item
    const isAside = disposition.kind === 'quarantined'
    rows.row(10).text(tenant).text(stream.device).integer(stream.epoch).bigint(seq).text(hash)
    rows.text('entry' in read ? read.entry.body.kind : null).text(text)
    rows.bytes(isAside ? seal(keys.asideKey, Buffer.from(JSON.stringify(raw)), context(seq)) : null)
    rows.text(JSON.stringify(disposition)).instant(receivedAt)
  }
  await sql`
    copy entry (tenant, device, epoch, seq, hash, kind, body, set_aside, disposition, received_at)
    from stdin (format binary) ${rows}`.execute(tx)
  const quarantined = entries.flatMap(({ item: { seq }, disposition }) =>
    disposition.kind === 'quarantined' ? [{ ...disposition, seq }] : [],
  )
  if (quarantined.length === 0) return
  await tx
    .insertInto('quarantine')
    .values(
      quarantined.map(({ seq, code, message }) => ({
        tenant,
        device: stream.device,
        epoch: stream.epoch,
        seq: BigInt(seq),
        code,
        message,
        received_at: receivedAt,
        settled_at: null,
        settled_by: null,
        note: null,
      })),
    )
    .execute()
}
