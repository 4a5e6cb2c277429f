import Dexie from 'dexie'

/** A database written by a newer app is left as it is: the person is told to update, nothing is offered to be deleted. */
export class NewerDatabase extends Error {
  override readonly name = 'NewerDatabase'
}

const DEXIE_VERSION_STEP = 10 // Dexie multiplies the versions it declares

/** Opens a declared database, unless a newer app has already been here: Dexie itself would open it without a word. */
export async function openUnlessNewer<T extends Dexie>(db: T, schemaVersion: number): Promise<T> {
  const newest = schemaVersion * DEXIE_VERSION_STEP
  const factory = Dexie.dependencies.indexedDB as IDBFactory
  const existing = (await factory.databases()).find((each) => each.name === db.name)
  if (existing !== undefined && (existing.version ?? 0) > newest) throw new NewerDatabase(db.name)
  await db.open()
  if (db.backendDB().version > newest) {
    db.close()
    throw new NewerDatabase(db.name)
  }
  return db
}
