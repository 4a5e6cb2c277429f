import { createHmac, hkdfSync, type KeyObject, timingSafeEqual } from 'node:crypto'
import type { LanRecord } from '../../shared/lan/protocol.ts'

/**
 * What a till puts on each record that it gives away, to know it again: what stands beside an entry, and how an epoch
 * began, is in no chain that its signature would prove. Nobody else can make or need check it, so it is a keyed hash, by
 * a key that comes from the device's own.
 */
export interface Sealing {
  readonly seal: (epoch: number, record: Omit<LanRecord, 'seal'>) => string
  readonly isSealed: (epoch: number, record: LanRecord) => boolean
}

export function sealing(device: string, key: KeyObject): Sealing {
  const own = Buffer.from(key.export({ type: 'pkcs8', format: 'der' }))
  const secret = Buffer.from(hkdfSync('sha256', own, '', 'bonusbook/record-seal/1', 32))

  function seal(epoch: number, { seq, text }: Omit<LanRecord, 'seal'>): string {
    return createHmac('sha256', secret).update(`${device}\n${epoch}\n${seq}\n${text}`).digest('base64')
  }

  return {
    seal,
    isSealed: (epoch, record) => {
      const [told, made] = [Buffer.from(record.seal ?? ''), Buffer.from(seal(epoch, record))]
      return told.length === made.length && timingSafeEqual(told, made)
    },
  }
}
