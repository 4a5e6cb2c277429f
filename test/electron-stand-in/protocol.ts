import type * as Electron from 'electron'
import type { Request as PageRequest, Route } from 'playwright-core'
import { mayRequest } from './session.ts'

type Handler = (request: Request) => Response | Promise<Response>
const handlers = new Map<string, Handler>()

export const protocol = {
  handle: (scheme: string, handler: Handler) => {
    handlers.set(scheme, handler)
  },
  registerSchemesAsPrivileged: () => {},
} satisfies Pick<typeof Electron.protocol, 'handle' | 'registerSchemesAsPrivileged'>

/** Every request of every page and worker comes through here: ours is answered by the app's own handler, none escapes. */
export async function serve(route: Route, request: PageRequest): Promise<void> {
  const url = request.url()
  const handler = handlers.get(new URL(url).protocol.slice(0, -1))
  if (handler === undefined || !mayRequest(url)) return route.abort('blockedbyclient')
  const body = request.postDataBuffer()
  try {
    const response = await handler(
      new Request(url, {
        method: request.method(),
        headers: request.headers(),
        ...(body === null ? {} : { body: new Uint8Array(body) }),
      }),
    )
    await route.fulfill({
      status: response.status,
      headers: Object.fromEntries(response.headers),
      body: Buffer.from(await response.arrayBuffer()),
    })
  } catch {
    await route.abort('failed').catch(() => {}) // the page may be gone by now
  }
}
