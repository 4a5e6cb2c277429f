import type { CoreEvent, CoreMethod, CoreReply } from './core-api.ts'
import type { SignedHandOver } from './rights/hand-over.ts'
import type { DeviceRow } from './sync/protocol.ts'

/**
 * The contract between main, preload and the windows: what preload exposes as `window.bonusbook`, and nothing else.
 * Main checks on every channel which window speaks: the hidden core window may use `core`, the till window the rest.
 */
export interface DesktopApi {
  readonly info: () => Promise<ShellInfo>
  /** Calls the till core, wherever it runs. Params and results are those of `core-api.ts`. */
  readonly call: (method: CoreMethod, params: unknown) => Promise<CoreReply<unknown>>
  /** Events of the core and of the shell, in order. Returns a function that stops listening. */
  readonly onEvent: (listener: (event: CoreEvent | ShellEvent) => void) => () => void
  readonly settings: () => Promise<Settings>
  readonly changeSettings: (change: Partial<Settings>) => Promise<SettingsReply>
  /** Joins a programme: the cloud's address and the one-time code of a manager. */
  readonly enrolTill: (cloud: string, code: string) => Promise<EnrolTillReply>
  /** A fresh token for cash register software; shown once, only its hash is kept. */
  readonly newPosToken: () => Promise<{ readonly address: string; readonly token: string }>
  readonly devices: () => Promise<readonly DeviceStatus[]>
  readonly foundPorts: () => Promise<FoundPorts>
  /** From now on scans are only tried, until this is said to be over or is not said again for half a minute. */
  readonly tryScanners: (on: boolean) => Promise<void>
  readonly neighbours: () => Promise<NeighboursView>
  readonly core: CoreHost
}

/** Only for the hidden window in which the core's Worker lives. */
export interface CoreHost extends NeighbourHost {
  /** The core is up and listening; main sends no request before. */
  readonly ready: () => Promise<CoreBoot>
  readonly onRequest: (listener: (request: CoreRequest) => void) => () => void
  readonly reply: (id: number, reply: CoreReply<unknown>) => void
  readonly emit: (event: CoreEvent) => void
  /** Appends to the second copy; resolves after fsync. */
  readonly appendJournal: (records: readonly JournalRecord[]) => Promise<JournalReply>
  /** Everything the journal holds of an epoch from a seq on, in order, at most `limit`. */
  readonly readJournal: (epoch: number, fromSeq: number, limit: number) => Promise<readonly JournalRecord[]>
  /** Drops journal files that end before an entry the cloud has answered for, and that were last written before a time. */
  readonly pruneJournal: (acked: { readonly epoch: number; readonly seq: number }, before: number) => Promise<void>
  readonly diskRoom: () => Promise<DiskRoom>
}

export interface CoreRequest {
  readonly id: number
  readonly method: string
  readonly params: unknown
}

/** One entry with what travels beside it, as text: the same bytes as in IndexedDB. */
export interface JournalRecord {
  readonly epoch: number
  /** 0: how the epoch began. */
  readonly seq: number
  /** JSON of a PushItem, with the receipt's idempotency key where there was one. */
  readonly text: string
}

export interface DiskRoom {
  readonly freeBytes: number
  /** Below this nothing is redeemed, so that what is sold can still be written. */
  readonly lowBytes: number
}

/** What the core asks of the local network. Main alone speaks on it. */
export interface NeighbourHost {
  /** What the cloud told of the tills of this shop; kept before it resolves. */
  readonly shopTills: (told: ShopTills) => Promise<void>
  /** Rights of the neighbours' to be passed on; what comes too late comes as `rights.take`. */
  readonly rightsFromNeighbours: (wish: RightsWish, limitMs: number) => Promise<readonly SignedHandOver[]>
  /** What the other tills of this shop did with a receipt. */
  readonly receiptAtNeighbours: (outlet: string, receipt: string, limitMs: number) => Promise<NeighbourReceipt>
}

export interface RightsWish {
  readonly member: string
  readonly purse: string
  readonly points: string
}

export interface NeighbourReceipt {
  /** Journal texts, each till's in the order of its stream; `till` as people call it. */
  readonly entries: readonly { readonly till: string; readonly text: string }[]
}

/** Rows of one fill or of what came after it. `whole`: the fill is done, rows of an earlier one are no more. */
export interface ShopTills {
  readonly generation: number
  readonly rows: readonly DeviceRow[]
  readonly gone: readonly string[]
  readonly whole: boolean
}

export type JournalReply =
  | { readonly ok: true }
  | { readonly ok: false; readonly reason: 'disk_full' | 'journal_failed'; readonly message: string }

export interface CoreBoot {
  /** null: this till has not joined a programme yet. */
  readonly identity: TillIdentity | null
  /** Journal texts of this till's own that only its neighbours have kept, beside others under the same numbers. */
  readonly strays?: readonly string[]
  readonly language: 'ru' | 'en'
  readonly app: string
}

export interface TillIdentity {
  readonly tenant: string
  readonly device: string
  readonly epoch: number
  readonly outlet: string
  readonly till: string
}

export interface ShellInfo {
  /** What this runs on; the stand-in proves nothing about power loss or permissions. */
  readonly shell: 'electron' | 'stand-in'
  readonly version: string
  readonly headless: boolean
}

export interface SerialSetting {
  /** "/dev/ttyUSB0", "COM3", or a by-id link. */
  readonly path: string
  readonly baudRate: number
  readonly enabled: boolean
  /** By this the scanner is found again when its port has another name. */
  readonly usb?: UsbIdentity | null | undefined
  readonly dataBits?: 7 | 8 | undefined
  readonly parity?: 'none' | 'even' | 'odd' | undefined
  /** A scanner that waits for the line to be ready beeps and drops its code. */
  readonly rtscts?: boolean | undefined
  /** Where a code ends; left out: whichever end comes. */
  readonly end?: FrameEnd | undefined
  readonly silenceMs?: number | undefined
  readonly prefix?: string | undefined
  readonly suffix?: string | undefined
}

export type FrameEnd = 'auto' | 'cr' | 'lf' | 'crlf' | 'tab' | 'stx-etx' | 'silence'

export interface UsbIdentity {
  /** Four hexadecimal digits in small letters. */
  readonly vendorId: string
  readonly productId: string
  readonly serialNumber: string | null
}

export interface FoundPort {
  readonly path: string
  readonly maker: string | null
  readonly usb: UsbIdentity | null
}

/** `trouble`: why the system does not tell which ports there are. */
export interface FoundPorts {
  readonly ports: readonly FoundPort[]
  readonly trouble: string | null
}

/** What a scanner sent while the settings try it: nothing of it reaches the counter. */
export interface TriedScan {
  readonly source: 'serial' | 'hid'
  readonly device: string
  /** null: a payment card, of which not a digit is told. */
  readonly read: {
    /** Bytes as they came, in hexadecimal. */
    readonly raw: string
    /** Whole codes in them; none: a scan without an end, or rubbish. */
    readonly codes: readonly string[]
    /** What the last byte was, on a serial line. */
    readonly end: Exclude<FrameEnd, 'auto' | 'silence'> | 'none' | null
    /** How the scanner packs its reports, in HID POS mode. */
    readonly layout: 'aim' | 'wide-aim' | 'bare' | null
  } | null
}

/** Where codes of goods go when one scanner serves register and till. */
export interface PassOnSetting {
  /** One end of a pair of virtual ports; the register listens at the other. */
  readonly path: string
  readonly baudRate: number
  readonly end: 'cr' | 'lf' | 'crlf' | 'tab'
}

export interface Settings {
  readonly language: 'ru' | 'en'
  readonly dock: 'left' | 'right' | 'full'
  readonly alwaysOnTop: boolean
  readonly cloud: string | null
  /** Which versions the app takes of its own accord. */
  readonly updates: 'stable' | 'beta' | 'off'
  readonly posApi: { readonly port: number; readonly allowedOrigins: readonly string[] }
  /** Files of cash register software that cannot speak HTTP; null: none. */
  readonly exchange: { readonly folder: string | null }
  readonly serial: readonly SerialSetting[]
  /** HID POS scanners are read as soon as they are plugged in. */
  readonly hid: boolean
  /** What the shop set before and after each code on a HID scanner, by the name that it is shown under. */
  readonly hidAffixes: readonly HidAffix[]
  /** null: the register has a scanner of its own, or forwards what it reads. */
  readonly passOn: PassOnSetting | null
  /** Keys that bring the window up from behind the register, and back; as Electron writes them, empty for none. */
  readonly shortcut: string
  readonly disk: {
    /** Megabytes that must be free for anything to be redeemed. */
    readonly lowMegabytes: number
  }
  /** The other tills of this shop: on which port they find this one, and where they are if multicast cannot tell. */
  readonly lan: { readonly enabled: boolean; readonly port: number; readonly addresses: readonly string[] }
  /** Keyboard-wedge scanners in the window: the longest pause inside a scan, and what the shop set before and after. */
  readonly wedge: {
    readonly gapMs: number
    readonly minLength: number
    readonly prefix: string
    readonly suffix: string
    /** The keyboard that the scanner plays: a US one as most do, or one like the till's. */
    readonly layout: 'us' | 'as-till'
  }
}

export interface HidAffix {
  readonly device: string
  readonly prefix: string
  readonly suffix: string
}

export type SettingsReply =
  | { readonly ok: true; readonly settings: Settings }
  | {
      readonly ok: false
      readonly errors: readonly { readonly path: string; readonly found: string; readonly allowed: string }[]
    }

export type EnrolTillReply =
  | { readonly ok: true; readonly identity: TillIdentity }
  | {
      readonly ok: false
      /** `cannot_save`: the disk takes nothing, and the code was not spent if that showed in time. */
      readonly reason: 'unreachable' | 'bad_code' | 'bad_address' | 'already_enrolled' | 'cannot_save'
      readonly message: string
    }

/**
 * A scanner, or the port to the register; the POS API, the exchange folder and the shortcut while something keeps them from working, so that
 * the screen can say so.
 */
export interface DeviceStatus {
  readonly kind: 'serial' | 'hid' | 'pos-api' | 'exchange' | 'pass-on' | 'shortcut'
  readonly name: string
  /** `other-mode`: a scanner that plays a keyboard or speaks its maker's own language. */
  readonly state: 'open' | 'missing' | 'busy' | 'denied' | 'error' | 'other-mode'
  readonly message: string | null
  readonly lastScanAt: string | null
  /** Where a scanner is now whose port has got another name. */
  readonly at?: string | undefined
  /** What to paste where rights are missing. */
  readonly rule?: string
}

/** The other tills of this shop, as this one sees them. */
export interface NeighboursView {
  readonly enabled: boolean
  /** Where this till listens; null: it does not. */
  readonly port: number | null
  /** Why it cannot be found or called. Nothing else is harmed by it. */
  readonly trouble: { readonly what: 'listen' | 'multicast'; readonly message: string } | null
  readonly tills: readonly {
    readonly device: string
    /** What people call it. */
    readonly till: string
    readonly present: boolean
    readonly lastSeenAt: string | null
    readonly mirror: MirrorView
  }[]
  /** What this till keeps of others, also of some that are gone for good. */
  readonly kept: readonly KeptView[]
}

/** What a neighbour keeps of this till. */
export interface MirrorView {
  /** How many of this till's entries it has not got yet; null: it has not been heard since the start. */
  readonly behind: number | null
  /** Why it takes no more. `room`: its disk is too full; `story`: it was told something else under the same numbers. */
  readonly trouble: 'room' | 'story' | 'other' | null
}

export interface KeptView {
  readonly device: string
  /** What people call it; null: this till is no longer told of it. */
  readonly till: string | null
  readonly entries: number
  /** How many of them the cloud still lacks; null: it has not said so, or the till is there and sends them itself. */
  readonly unsent: number | null
}

export type ShellEvent =
  | { readonly type: 'neighbours'; readonly neighbours: NeighboursView }
  | { readonly type: 'devices'; readonly devices: readonly DeviceStatus[] }
  | { readonly type: 'settings'; readonly settings: Settings }
  | { readonly type: 'tried'; readonly scan: TriedScan }
  /** The core's window crashed and is being brought back; calls wait or fail with `starting`. */
  | { readonly type: 'core'; readonly state: 'up' | 'restarting' }
