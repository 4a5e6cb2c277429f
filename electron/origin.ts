import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { extname, join, normalize, sep } from 'node:path'
import { problemDocument } from '../shared/problem.ts'

/**
 * The one origin of every page, for ever: IndexedDB belongs to it, so it may never change. Nothing listens there; main
 * answers its requests itself from the built files, with a strict content security policy on each.
 */
export const HOST = 'till.bonusbook.invalid'
export const ORIGIN = `https://${HOST}`
export const CORE_PAGE = `${ORIGIN}/core.html`
export const TILL_PAGE = `${ORIGIN}/till.html`

/** A page writes this where its inline styles need the nonce; it is replaced on every load. */
const NONCE_MARK = /__CSP_NONCE__/g

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.webp': 'image/webp',
  '.wav': 'audio/wav',
  '.mp3': 'audio/mpeg',
  '.ogg': 'audio/ogg',
  '.woff2': 'font/woff2',
  '.wasm': 'application/wasm',
}

export interface OriginOptions {
  /** The folder of the built pages. */
  readonly root: string
  /** Answers what lies under /cloud/. */
  readonly cloud: (request: Request, path: string) => Promise<Response>
}

/** Answers every https request of every page: our own files, the way to the cloud, and 403 for the rest of the world. */
export function originHandler(options: OriginOptions): (request: Request) => Promise<Response> {
  return async (request) => {
    const url = new URL(request.url)
    if (url.host !== HOST || url.protocol !== 'https:')
      return problemReply(403, 'foreign_address', 'Only the till itself')
    if (url.pathname.startsWith('/cloud/')) return secured(await options.cloud(request, url.pathname))
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      return problemReply(405, 'method_not_allowed', 'Files are only read')
    }
    return file(options.root, url.pathname)
  }
}

export function problemReply(status: number, code: string, title: string, extra?: Record<string, unknown>): Response {
  return secured(
    new Response(JSON.stringify(problemDocument(status, code, title, extra)), {
      status,
      headers: { 'content-type': 'application/problem+json' },
    }),
  )
}

async function file(root: string, pathname: string): Promise<Response> {
  const path = pathWithin(root, pathname)
  const type = path === undefined ? undefined : types[extname(path).toLowerCase()]
  if (path === undefined || type === undefined) return problemReply(404, 'not_found', 'No such page')
  try {
    const bytes = await readFile(path)
    if (!type.startsWith('text/html')) return secured(new Response(bytes, { headers: { 'content-type': type } }))
    const nonce = randomBytes(16).toString('base64')
    const html = bytes.toString('utf8').replace(NONCE_MARK, nonce)
    return secured(new Response(html, { headers: { 'content-type': type } }), nonce)
  } catch {
    return problemReply(404, 'not_found', 'No such page')
  }
}

function pathWithin(root: string, pathname: string): string | undefined {
  try {
    const path = normalize(join(root, decodeURIComponent(pathname)))
    return path.startsWith(root + sep) && !path.includes('\0') ? path : undefined
  } catch {
    return undefined // not even UTF-8
  }
}

/** A worker obeys only the policy on its own script, so every answer carries it. */
function secured(response: Response, nonce?: string): Response {
  const style = nonce === undefined ? "'self'" : `'self' 'nonce-${nonce}'`
  const headers = new Headers(response.headers)
  headers.set(
    'content-security-policy',
    [
      "default-src 'none'",
      "script-src 'self'",
      "worker-src 'self'",
      `style-src ${style}`,
      "img-src 'self' data: blob:",
      "font-src 'self' data:",
      "media-src 'self'",
      "connect-src 'self'",
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
    ].join('; '),
  )
  headers.set('x-content-type-options', 'nosniff')
  headers.set('referrer-policy', 'same-origin')
  headers.set('cross-origin-opener-policy', 'same-origin')
  headers.set('cross-origin-resource-policy', 'same-origin')
  headers.set('permissions-policy', 'camera=(), microphone=(), geolocation=(), usb=(), serial=(), hid=()')
  headers.set('cache-control', 'no-store')
  return new Response(response.body, { status: response.status, headers })
}
