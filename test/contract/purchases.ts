import { describe, expect, test } from 'vitest'
import { takeIn } from '../../shared/intake/take-in.ts'
import { canonical, sha256Hex } from '../../shared/ledger/chain.ts'
import { compileProgramme } from '../../shared/programme/compile.ts'
import type { ProgrammeDocument } from '../../shared/programme/schema.ts'
import { document, saleBody } from '../shared/ledger/network.ts'
import { START, type StoreRig, Writer } from './ledger-store.ts'

const hash = sha256Hex(canonical(document))

const boughtOn = (receipt: string, day: string) => {
  const body = saleBody({
    receipt,
    member: 'anna',
    lines: [{ amount: '5.00', earn: '5.00' }],
    at: `${day}T12:00:00+03:00`,
  })
  return { ...body, programme: { ...body.programme, hash } }
}

/** What members have bought: every store behind the ledger's port holds to it. */
export function purchasesSuite(open: () => Promise<StoreRig>): void {
  describe('what a member has bought', () => {
    test('[R8] the last receipts are those of the last days, whenever they were told and by name within a day', async () => {
      const { intake, setNow, publish, close } = await open()
      try {
        setNow(START)
        await publish(document)
        const till = new Writer('till-a')
        const told = [
          till.enrol('anna'),
          till.write(boughtOn('r3', '2026-01-03')),
          till.write(boughtOn('r1', '2026-01-01')),
          till.write(boughtOn('r4b', '2026-01-04')),
          till.write(boughtOn('r4a', '2026-01-04')),
          till.write(boughtOn('r2', '2026-01-02')),
        ]
        await takeIn(intake, till.place, 1, told)
        const programme = compileProgramme(document as unknown as ProgrammeDocument)
        const receipts = async (latest?: number) =>
          await intake.store.transaction(async (tx) =>
            (await tx.purchasesOf(programme, ['anna', 'boris'], latest)).map(({ purchase }) => purchase.receipt).sort(),
          )
        expect(await receipts()).toEqual(['r1', 'r2', 'r3', 'r4a', 'r4b'])
        expect(await receipts(4)).toEqual(['r2', 'r3', 'r4a', 'r4b'])
        expect(await receipts(2)).toEqual(['r4a', 'r4b'])
        expect(await receipts(1)).toEqual(['r4b'])
      } finally {
        await close()
      }
    })
  })
}
