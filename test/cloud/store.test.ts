import { intakeOf } from '../../cloud/ledger/postgres-store.ts'
import { ledgerStoreSuite } from '../contract/ledger-store.ts'
import { testCloud } from './rig.ts'

/** The ledger's port on a real PostgreSQL. */
ledgerStoreSuite(async () => {
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
})
