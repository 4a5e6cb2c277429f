import { useSyncExternalStore } from 'react'
import type { CoreEvent, CoreRefusal, TillState } from '../../shared/core-api.ts'
import type {
  DesktopApi,
  DeviceStatus,
  NeighboursView,
  Settings,
  ShellEvent,
  ShellInfo,
} from '../../shared/desktop-api.ts'
import { reusing } from './shared-parts.ts'

/** Everything the window knows: what core and shell told it, and the last refusal of a call it made. */
export interface Till {
  readonly state: TillState | null
  readonly core: 'up' | 'restarting'
  readonly settings: Settings | null
  readonly devices: readonly DeviceStatus[]
  readonly neighbours: NeighboursView | null
  readonly info: ShellInfo | null
  /** Said in the hint's place until the next step. */
  readonly refusal: CoreRefusal | null
  /** The id of the core's notice that was read already. */
  readonly noticeRead: number
  /** A receipt's number that a scanner has read, until a screen takes it. */
  readonly receiptScan: { readonly receipt: string } | null
  /** A return is being written, or says what to pay out: nobody's card takes that away. */
  readonly paysOut: boolean
}

let till: Till = {
  state: null,
  core: 'up',
  settings: null,
  devices: [],
  neighbours: null,
  info: null,
  refusal: null,
  noticeRead: 0,
  receiptScan: null,
  paysOut: false,
}
const listeners = new Set<() => void>()

function set(change: Partial<Till>): void {
  const next = reusing(till, { ...till, ...change })
  if (next === till) return
  till = next
  for (const listener of listeners) listener()
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** A part of what the window knows; repaints only when that part changes. */
export function useTill<T>(select: (till: Till) => T): T {
  return useSyncExternalStore(subscribe, () => select(till))
}

/** For event handlers, where the newest value counts and nothing is painted. */
export function currentTill(): Till {
  return till
}

/** A refusal of a call, said to the cashier; null takes it back. */
export function say(refusal: CoreRefusal | null): void {
  set({ refusal })
}

/** The core's notice and any refusal were read. */
export function readNotice(): void {
  set({ refusal: null, noticeRead: till.state?.notice?.id ?? till.noticeRead })
}

/** The receipt that was scanned is dealt with. */
export function receiptTaken(): void {
  set({ receiptScan: null })
}

/** A return has begun to be written; or its payout was read. */
export function paysOut(now: boolean): void {
  set({ paysOut: now })
}

/** Settings as the shell answered them, before its event arrives. */
export function settingsChanged(settings: Settings): void {
  set({ settings })
}

/** Listens first, then asks: an event that came meanwhile is newer than the answer. */
export async function connect(desktop: DesktopApi): Promise<void> {
  let told = false
  desktop.onEvent((event: CoreEvent | ShellEvent) => {
    if (event.type === 'state') {
      told = true
      takeState(event.state)
    } else if (event.type === 'scan') {
      if (event.receipt === true) set({ receiptScan: { receipt: event.code } })
    } else if (event.type === 'settings') set({ settings: event.settings })
    else if (event.type === 'devices') set({ devices: event.devices })
    else if (event.type === 'neighbours') set({ neighbours: event.neighbours })
    else if (event.type === 'core') {
      set({ core: event.state })
      if (event.state === 'up') void ask(desktop, () => false)
    }
  })
  const [settings, devices, info, neighbours] = await Promise.all([
    desktop.settings(),
    desktop.devices(),
    desktop.info(),
    desktop.neighbours(),
  ])
  set({ settings, devices, info, neighbours })
  await ask(desktop, () => told)
}

const ASK_AGAIN_MS = 400

/** Until the core answers: it may still be starting when the window opens. */
async function ask(desktop: DesktopApi, told: () => boolean): Promise<void> {
  while (!told()) {
    const reply = await desktop.call('state', {}).catch(() => null)
    if (told()) return
    if (reply?.ok) return takeState(reply.value as TillState)
    await new Promise((done) => setTimeout(done, ASK_AGAIN_MS))
  }
}

/** A new customer or a booking makes what was said before stale. */
function takeState(state: TillState): void {
  const before = till.state
  const movedOn =
    before !== null &&
    ((state.member !== null && before.member?.id !== state.member.id) ||
      (state.booked !== null && before.booked?.receipt !== state.booked.receipt))
  const sameNotice = before?.notice?.id === state.notice?.id
  set({
    state,
    core: 'up',
    ...(movedOn ? { refusal: null } : {}),
    ...(movedOn && sameNotice && state.notice !== null ? { noticeRead: state.notice.id } : {}),
  })
}
