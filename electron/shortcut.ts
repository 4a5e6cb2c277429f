import type { GlobalShortcut } from 'electron'
import type { DeviceStatus, Settings } from '../shared/desktop-api.ts'

/** Keys that bring the till up from behind the register, whoever has the focus. */
export interface Shortcut {
  readonly refresh: () => void
  /** What keeps the keys from working; null: they do, or there are none. */
  readonly trouble: () => DeviceStatus | null
  readonly close: () => void
}

export function openShortcut(
  system: Pick<GlobalShortcut, 'register' | 'unregister'>,
  settings: () => Pick<Settings, 'shortcut'>,
  pressed: () => void,
  onChange: () => void,
): Shortcut {
  let held = ''
  let refused: string | null = null

  function refresh(): void {
    const wanted = settings().shortcut
    if (wanted === held && refused === null) return
    if (held !== '') system.unregister(held)
    held = ''
    const before = refused
    refused = null
    if (wanted !== '') {
      if (isTaken(wanted)) refused = wanted
      else held = wanted
    }
    if (before !== refused) onChange()
  }

  /** False and a throw both mean that the system does not give these keys away. */
  function isTaken(keys: string): boolean {
    try {
      return !system.register(keys, pressed)
    } catch {
      return true
    }
  }

  refresh()
  return {
    refresh,
    trouble: () =>
      refused === null
        ? null
        : {
            kind: 'shortcut',
            name: refused,
            state: 'busy',
            message: 'Another program has these keys, or the system gives none away. Choose others.',
            lastScanAt: null,
          },
    close: () => {
      if (held !== '') system.unregister(held)
      held = ''
    },
  }
}
