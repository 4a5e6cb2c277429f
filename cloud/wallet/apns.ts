import { type ClientHttp2Session, connect, constants } from 'node:http2'
import type { AppleIdentity, AppleKept } from './certificates.ts'
import type { WalletOutside } from './outside.ts'

/** Tells devices through APNs that a pass has changed: HTTP/2, the pass certificate as who we are, nothing in the body. */

/** `gone`: no device has this token any more. Pushing again is harmless, so whatever is unclear is `later`. */
export type Pushed = { readonly outcome: 'taken' | 'gone' } | { readonly outcome: 'later'; readonly trouble: string }

const GONE = new Set(['BadDeviceToken', 'Unregistered', 'ExpiredToken', 'DeviceTokenNotForTopic'])

export class Apns {
  private session: ClientHttp2Session | undefined
  private readonly outside: WalletOutside
  private readonly apple: AppleKept & AppleIdentity

  constructor(outside: WalletOutside, apple: AppleKept & AppleIdentity) {
    this.outside = outside
    this.apple = apple
  }

  /** Comes back within the set time, whatever the other side does, and never throws. */
  push(token: string): Promise<Pushed> {
    return new Promise((resolve) => {
      const later = (error: unknown) => end({ outcome: 'later', trouble: codeOf(error) })
      const timer = setTimeout(() => {
        later({ code: 'ETIMEDOUT' })
        this.close() // a connection that is silent is not waited on again
      }, this.outside.withinMs)
      const end = (pushed: Pushed) => {
        clearTimeout(timer)
        resolve(pushed)
      }
      try {
        const session = this.connected()
        session.once('error', later)
        const stream = session.request({
          ':method': 'POST',
          ':path': `/3/device/${encodeURIComponent(token)}`,
          'apns-topic': this.apple.passType,
          'content-type': 'application/json',
        })
        let [status, body] = [0, '']
        stream.on('response', (headers) => {
          status = Number(headers[':status'])
        })
        stream.setEncoding('utf8')
        stream.on('data', (part: string) => {
          if (body.length < 2000) body += part
        })
        stream.on('error', later)
        stream.on('close', () => {
          session.off('error', later)
          if (status === 0) later({ code: 'broken off' })
          else end(outcomeOf(status, body))
        })
        stream.end('{}')
      } catch (error) {
        later(error)
      }
    })
  }

  private connected(): ClientHttp2Session {
    if (this.session !== undefined && !this.session.closed && !this.session.destroyed) return this.session
    const { certificate: cert, key } = this.apple
    const { apns, apnsAuthority: ca } = this.outside
    const session = connect(apns, { cert, key, ...(ca === undefined ? {} : { ca }) })
    session.setMaxListeners(0) // one a push that is under way
    session.on('error', () => undefined) // whoever waits is told
    session.on('goaway', () => session.close())
    session.unref()
    this.session = session
    return session
  }

  close(): void {
    this.session?.destroy(undefined, constants.NGHTTP2_CANCEL)
    this.session = undefined
  }
}

function outcomeOf(status: number, body: string): Pushed {
  if (status === 200) return { outcome: 'taken' }
  const reason = reasonIn(body)
  if (status === 410 || (status === 400 && GONE.has(reason))) return { outcome: 'gone' }
  return { outcome: 'later', trouble: `APNs ${status} ${reason}`.trim() }
}

function reasonIn(body: string): string {
  try {
    const { reason } = JSON.parse(body) as { reason?: unknown }
    return typeof reason === 'string' ? reason.slice(0, 60) : ''
  } catch {
    return ''
  }
}

function codeOf(error: unknown): string {
  const { code, name, cause } = error as { code?: unknown; name?: string; cause?: { code?: unknown } }
  const told = cause?.code ?? code // why the connection broke before what became of the stream
  return typeof told === 'string' ? told : (name ?? 'unknown')
}
