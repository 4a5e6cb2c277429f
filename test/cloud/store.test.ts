import { intakeOf } from '../../cloud/ledger/postgres-store.ts'
import { ledgerStoreSuite, type StoreRig } from '../contract/ledger-store.ts'
import { purchasesSuite } from '../contract/purchases.ts'
import { scopesSuite } from '../contract/scopes.ts'
import { testCloud } from './rig.ts'

/** The ledger's port on a real PostgreSQL. */
const open = async (): Promise<StoreRig> => {
  let now = 0
  const running = await testCloud({ clock: () => new Date(now), turnDays: false })
  return {
    intake: intakeOf(running.cloud),
    incarnation: running.cloud.incarnation,
    setNow: (ms) => {
      now = ms
    },
    publish: async (document) => {
      await running.cloud.programmes.publish(document)
    },
    sequenced: async () => {
      running.cloud.feed.wake()
      await running.cloud.feed.settled()
    },
    close: () => running.close(),
  }
}

ledgerStoreSuite(open)
scopesSuite(open)
purchasesSuite(open)
