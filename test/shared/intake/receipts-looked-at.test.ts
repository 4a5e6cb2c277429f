import { expect, test } from 'vitest'
import type { OutletId } from '../../../shared/ids.ts'
import { memoryStore } from '../../../shared/intake/memory-store.ts'
import { bookOwn } from '../../../shared/intake/own-stream.ts'
import { programmeShelf } from '../../../shared/intake/programmes.ts'
import { takeIn } from '../../../shared/intake/take-in.ts'
import { canonical, sha256Hex } from '../../../shared/ledger/chain.ts'
import type { EntryBody } from '../../../shared/ledger/entry.ts'
import { Writer } from '../../contract/ledger-store.ts'
import { document, saleBody } from '../ledger/network.ts'

const NOW = '2026-04-20T09:00:00.000Z'
const hash = sha256Hex(canonical(document))

test('[R8] what one receipt may burn is said by the last hundred, however large those of years before were', async () => {
  const store = memoryStore()
  const intake = { store, programmes: programmeShelf(), now: () => NOW, committed: () => undefined }
  await store.publish(document)
  const till = new Writer('till-a')
  const bought = (receipt: number, amount: string) => {
    const day = new Date(Date.UTC(2026, 0, 1 + Math.floor(receipt / 2))).toISOString().slice(0, 10)
    const body = saleBody({ receipt: `r${receipt}`, member: 'anna', lines: [{ amount }], at: `${day}T12:00:00+03:00` })
    return till.write({ ...body, programme: { ...body.programme, hash } })
  }
  const told = [till.enrol('anna')]
  for (let receipt = 0; receipt < 30; receipt++) told.push(bought(receipt, '50.00'))
  for (let receipt = 30; receipt < 130; receipt++) told.push(bought(receipt, '2.00'))
  await takeIn(intake, till.place, 1, told)
  const holder = { device: till.device, epoch: 1, outlet: 'A' as OutletId, lastContact: NOW, isActive: true }
  await store.heard({ ...holder, publicKey: '' })
  const gift = { kind: 'gift', member: 'anna', purse: 'points', points: '200.00', activeFrom: '2026-04-20' }
  await bookOwn(intake, [{ ...gift, lastDay: null, reason: 'x' } as EntryBody], 'eva')
  const [account] = await store.transaction((tx) => tx.accountsOf(['anna' as never]))
  expect(account!.leases).toMatchObject([{ holder: { device: 'till-a' }, remaining: 200n }])
})
