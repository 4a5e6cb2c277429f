import type { DeviceStatus } from '../../shared/desktop-api.ts'
import type { Scanner, ScannerEvents } from './scanner.ts'

/** A scanner without a device: a full till on a laptop. */
export interface FakeScanner extends Scanner {
  readonly scan: (frame: string) => void
  readonly unplug: () => void
  readonly plug: () => void
}

export function fakeScanner(events: ScannerEvents, name = 'fake'): FakeScanner {
  let status: DeviceStatus = { kind: 'serial', name, state: 'open', message: null, lastScanAt: null }
  const set = (change: Partial<DeviceStatus>) => {
    status = { ...status, ...change }
    events.onStatus(status)
  }
  return {
    status: () => status,
    close: async () => {},
    scan: (frame) => {
      if (status.state === 'open') events.onFrame(frame)
    },
    unplug: () => set({ state: 'missing' }),
    plug: () => set({ state: 'open' }),
  }
}
