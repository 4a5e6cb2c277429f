import type { DeviceStatus } from '../../shared/desktop-api.ts'

/** Any device that reads codes. Frames are text as the device sent it; what a frame means is the core's business. */
export interface Scanner {
  readonly status: () => DeviceStatus
  readonly close: () => Promise<void>
}

export interface ScannerEvents {
  readonly onFrame: (frame: string) => void
  /** As they come, for whoever tries a scanner. */
  readonly onBytes?: (bytes: Uint8Array) => void
  readonly onStatus: (status: DeviceStatus) => void
}
