import type { DeviceId } from '../../shared/ids.ts'
import type { BatchProof, Stream } from '../../shared/intake/port.ts'
import { NO_HASH } from '../../shared/ledger/chain.ts'
import type { Cloud } from '../cloud.ts'
import type { Db, Tx } from '../database/connect.ts'

export async function readStream(
  db: Db | Tx,
  tenant: Cloud['tenant'],
  device: DeviceId,
  epoch: number,
): Promise<Stream> {
  const row = await streamRow(db, tenant, device, epoch).executeTakeFirst()
  return { device, epoch, ...position(row) }
}

/** Locks the device's own row: whoever raises its epoch waits. Undefined: no till, as the cloud itself. */
export async function lockDevice(tx: Tx, tenant: Cloud['tenant'], device: DeviceId): Promise<number | undefined> {
  const row = await tx
    .selectFrom('device')
    .select('epoch')
    .where('tenant', '=', tenant)
    .where('device', '=', device)
    .forUpdate()
    .executeTakeFirst()
  return row?.epoch
}

/** Locks one device's stream and nothing else; the row is made on the first push. */
export async function lockStream(tx: Tx, tenant: Cloud['tenant'], device: DeviceId, epoch: number): Promise<Stream> {
  let row = await streamRow(tx, tenant, device, epoch).forUpdate().executeTakeFirst()
  if (row === undefined) {
    await tx
      .insertInto('device_stream')
      .values({
        tenant,
        device,
        epoch,
        high: 0n,
        head: NO_HASH,
        head_known: true,
        signed_seq: null,
        signed_hash: null,
        signature: null,
      })
      .onConflict((conflict) => conflict.columns(['tenant', 'device', 'epoch']).doNothing())
      .execute()
    row = await streamRow(tx, tenant, device, epoch).forUpdate().executeTakeFirstOrThrow()
  }
  return { device, epoch, ...position(row) }
}

export async function moveStream(tx: Tx, tenant: Cloud['tenant'], stream: Stream): Promise<void> {
  await tx
    .updateTable('device_stream')
    .set({
      high: BigInt(stream.high),
      head: stream.head,
      head_known: stream.headKnown,
      ...(stream.proof === undefined ? {} : signed(stream.proof)),
    })
    .where('tenant', '=', tenant)
    .where('device', '=', stream.device)
    .where('epoch', '=', stream.epoch)
    .execute()
}

const signed = ({ seq, hash, signature }: BatchProof) => ({ signed_seq: BigInt(seq), signed_hash: hash, signature })

function streamRow(db: Db | Tx, tenant: Cloud['tenant'], device: DeviceId, epoch: number) {
  return db
    .selectFrom('device_stream')
    .select(['high', 'head', 'head_known'])
    .where('tenant', '=', tenant)
    .where('device', '=', device)
    .where('epoch', '=', epoch)
}

function position(row: { high: bigint; head: string; head_known: boolean } | undefined) {
  return { high: Number(row?.high ?? 0n), head: row?.head ?? NO_HASH, headKnown: row?.head_known ?? true }
}
