import type { App, Session, WebContents } from 'electron'
import type { Log } from './log.ts'
import { ORIGIN } from './origin.ts'

/** Denied by default: permissions, navigation, new windows, and every address that is not our own. */
export function lockDownSession(session: Session): void {
  // Durable storage is the one thing that the till needs from the browser engine.
  session.setPermissionRequestHandler((_contents, permission, callback) =>
    callback((permission as string) === 'persistent-storage'),
  )
  session.setPermissionCheckHandler((_contents, permission) => (permission as string) === 'persistent-storage')
  session.webRequest.onBeforeRequest((details, callback) => callback({ cancel: !isOurs(details.url) }))
}

function isOurs(url: string): boolean {
  return (
    url === ORIGIN ||
    url.startsWith(`${ORIGIN}/`) ||
    url.startsWith('devtools:') ||
    url.startsWith('data:') ||
    url.startsWith(`blob:${ORIGIN}/`)
  )
}

export function lockDownContents(contents: WebContents, log: Log): void {
  contents.setWindowOpenHandler(({ url }) => {
    log('warn', 'a window was refused', { url })
    return { action: 'deny' }
  })
  contents.on('will-navigate', (event, url) => {
    log('warn', 'a navigation was refused', { url })
    event.preventDefault()
  })
  contents.on('will-attach-webview', (event) => event.preventDefault())
}

/** Also for contents that nobody of ours made. */
export function lockDownApp(app: App, log: Log): void {
  app.enableSandbox()
  app.on('web-contents-created', (_event, contents) => lockDownContents(contents, log))
}
