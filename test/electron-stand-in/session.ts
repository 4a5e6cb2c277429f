import type * as Electron from 'electron'

type PermissionRequest = Parameters<Electron.Session['setPermissionRequestHandler']>[0]
type BeforeRequest = (
  details: Electron.OnBeforeRequestListenerDetails,
  callback: (response: Electron.CallbackResponse) => void,
) => void

let permissionRequest: PermissionRequest = null
let beforeRequest: BeforeRequest | null = null

const webRequest = {
  onBeforeRequest: (listener: BeforeRequest | null) => {
    beforeRequest = listener
  },
}

const defaultSession = {
  setPermissionRequestHandler: (handler: PermissionRequest) => {
    permissionRequest = handler
  },
  setPermissionCheckHandler: () => {},
  webRequest: webRequest as unknown as Electron.WebRequest,
} satisfies Pick<Electron.Session, 'setPermissionRequestHandler' | 'setPermissionCheckHandler' | 'webRequest'>

export const session = { defaultSession }

/** What the app's own handler says to a permission; without one Electron grants. */
export function isGranted(permission: string): boolean {
  if (permissionRequest === null) return true
  let granted = false
  const ask = permissionRequest as unknown as (w: null, p: string, callback: (ok: boolean) => void, d: object) => void
  ask(null, permission, (answer) => (granted = answer), {})
  return granted
}

/** What the app's own request filter says to an address; without one everything goes. */
export function mayRequest(url: string): boolean {
  let cancelled = false
  beforeRequest?.(
    { url } as Electron.OnBeforeRequestListenerDetails,
    (response) => (cancelled = response.cancel === true),
  )
  return !cancelled
}
