import { randomBytes } from 'node:crypto'
import { hashPin } from '../../shared/pin.ts'
import type { StaffRow } from '../../shared/sync/protocol.ts'
import type { Cloud } from '../cloud.ts'
import { transaction } from '../database/transaction.ts'
import { noteForFeed } from '../feed/note.ts'

export interface StaffMember {
  readonly id: string
  readonly name: string
  readonly role: StaffRow['role']
  readonly pin: string
}

const SALT_BYTES = 16

/** Adds people or changes them; the PIN is stored and sent to tills only as a memory-hard hash. */
export async function saveStaff(cloud: Cloud, people: readonly StaffMember[]): Promise<void> {
  const rows = await Promise.all(
    people.map(async ({ id, name, role, pin }) => ({
      tenant: cloud.tenant as string,
      staff: id,
      name,
      role,
      pin: await hashPin(pin, randomBytes(SALT_BYTES)),
    })),
  )
  await transaction(cloud.db, async (tx) => {
    await tx
      .insertInto('staff')
      .values(rows)
      .onConflict((conflict) =>
        conflict.columns(['tenant', 'staff']).doUpdateSet((excluded) => ({
          name: excluded.ref('excluded.name'),
          role: excluded.ref('excluded.role'),
          pin: excluded.ref('excluded.pin'),
        })),
      )
      .execute()
    await noteForFeed(tx, cloud.tenant, [{ scope: 'staff', keys: people.map((person) => person.id) }])
  })
  cloud.feed.wake()
}
