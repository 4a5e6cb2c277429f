import type { DeviceStatus } from '../../shared/desktop-api.ts'

/** Any device that reads codes. Frames are text as the device sent it; what a frame means is the core's business. */
export interface Scanner {
  readonly status: () => DeviceStatus
  readonly close: () => Promise<void>
}

export interface ScannerEvents {
  readonly onFrame: (frame: string) => void
  readonly onStatus: (status: DeviceStatus) => void
}
