import type { Intake } from '../../../shared/intake/intake.ts'
import { memoryStore } from '../../../shared/intake/memory-store.ts'
import { programmeShelf } from '../../../shared/intake/programmes.ts'
import { ledgerStoreSuite, type StoreRig } from '../../contract/ledger-store.ts'
import { purchasesSuite } from '../../contract/purchases.ts'
import { scopesSuite } from '../../contract/scopes.ts'

/** The ledger's port in memory. */
const open = async (): Promise<StoreRig> => {
  let now = 0
  const store = memoryStore()
  const intake: Intake = {
    store,
    programmes: programmeShelf(),
    now: () => new Date(now).toISOString(),
    committed: () => undefined,
  }
  return {
    intake,
    incarnation: '00000000-0000-4000-8000-000000000001',
    setNow: (ms) => {
      now = ms
    },
    publish: (document) => store.publish(document),
    sequenced: async () => {
      await store.sequence()
    },
    close: async () => undefined,
  }
}

ledgerStoreSuite(open)
scopesSuite(open)
purchasesSuite(open)
