import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { problemDocument } from '../shared/problem.ts'

/** One JSON request to the cloud. Whatever comes back is a reply; where nothing sensible does, it is `unreachable`. */
export interface CloudReply {
  readonly status: number
  /** JSON text, as the cloud sent it. */
  readonly body: string
  readonly retryAfter: string | null
}

export type Fetch = (url: string, init: RequestInit) => Promise<Response>

const GZIP_FROM_BYTES = 4096
const compress = promisify(gzip)

export async function postJson(
  url: string,
  body: string,
  options: { headers?: Readonly<Record<string, string>>; withinMs: number; fetch: Fetch },
): Promise<CloudReply> {
  const big = body.length >= GZIP_FROM_BYTES
  try {
    const response = await options.fetch(url, {
      method: 'POST',
      redirect: 'error',
      headers: {
        ...options.headers,
        'content-type': 'application/json',
        accept: 'application/json, application/problem+json',
        ...(big ? { 'content-encoding': 'gzip' } : {}),
      },
      body: big ? new Uint8Array(await compress(body)) : body,
      signal: AbortSignal.timeout(options.withinMs),
    })
    const text = await response.text()
    // A captive portal or a proxy's error page is not the cloud's word.
    if (!isJson(text)) return unreachable(`something else answered with status ${response.status}`)
    return { status: response.status, body: text, retryAfter: response.headers.get('retry-after') }
  } catch (error) {
    return unreachable(error instanceof Error ? reasonOf(error) : String(error))
  }
}

export function unreachable(detail: string): CloudReply {
  return {
    status: 502,
    body: JSON.stringify(problemDocument(502, 'unreachable', 'The cloud cannot be reached', { detail })),
    retryAfter: null,
  }
}

/** The stable code of a problem document; undefined for anything else. */
export function problemCode(reply: CloudReply): string | undefined {
  if (reply.status < 400) return undefined
  const document = JSON.parse(reply.body) as { code?: unknown } | null
  return typeof document?.code === 'string' ? document.code : undefined
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

function reasonOf(error: Error): string {
  if (error.name === 'TimeoutError') return 'no answer in time'
  const cause = error.cause
  return cause instanceof Error && 'code' in cause ? String(cause.code) : error.message
}
