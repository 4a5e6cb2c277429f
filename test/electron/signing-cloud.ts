import { createPublicKey, randomBytes, verify } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import { gunzipSync } from 'node:zlib'
import { enrolTillRequest, sessionRequest } from '../../shared/sync/protocol.ts'
import {
  COUNTER_HEADER,
  requestSigningText,
  SESSION_HEADER,
  SIGNATURE_HEADER,
  sessionSigningText,
} from '../../shared/sync/signature.ts'

/** A small cloud on loopback that checks every signature and counter, and answers as a test says. */
export interface SigningCloud {
  readonly address: string
  readonly code: string
  /** "path" of each request that was let in, with the text of its body as signed. */
  readonly heard: { path: string; body: string; counter: number; session: string; packed: boolean }[]
  /** Sessions opened so far. */
  readonly sessions: () => number
  readonly forgetSessions: () => void
  /** What to answer instead of 200 {}: once each, in order. */
  readonly next: (status: number, body: unknown, headers?: Record<string, string>) => void
  readonly hold: (ms: number) => void
  readonly close: () => Promise<void>
}

const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex')

export async function signingCloud(): Promise<SigningCloud> {
  const code = 'ABCD-EFGH'
  const heard: SigningCloud['heard'] = []
  const answers: { status: number; body: unknown; headers: Record<string, string> }[] = []
  let key: ReturnType<typeof createPublicKey> | undefined
  let sessions = new Map<string, number>()
  let opened = 0
  let holdMs = 0
  const nonces = new Set<string>()

  function answer(
    path: string,
    headers: IncomingMessage['headers'],
    text: string,
  ): { status: number; body: unknown; headers?: Record<string, string> } {
    const problem = (status: number, name: string) => ({ status, body: { type: 't', title: name, status, code: name } })
    if (path === '/sync/v1/enrol') {
      const request = enrolTillRequest.parse(JSON.parse(text))
      if (request.code !== code) return problem(403, 'bad_code')
      const raw = Buffer.from(request.publicKey, 'base64')
      key = createPublicKey({ key: Buffer.concat([SPKI_PREFIX, raw]), type: 'spki', format: 'der' })
      const now = new Date().toISOString()
      return { status: 200, body: { tenant: 'demo', device: 'till-1', epoch: 1, outlet: 'A', till: 'Till 1', now } }
    }
    if (path === '/sync/v1/challenge') {
      const nonce = randomBytes(8).toString('hex')
      nonces.add(nonce)
      return { status: 200, body: { nonce } }
    }
    if (path === '/sync/v1/session') {
      const { device, nonce, signature } = sessionRequest.parse(JSON.parse(text))
      const signed = verify(
        null,
        Buffer.from(sessionSigningText(device, nonce)),
        key!,
        Buffer.from(signature, 'base64'),
      )
      if (!signed || !nonces.delete(nonce)) return problem(401, 'bad_signature')
      const session = randomBytes(8).toString('hex')
      sessions.set(session, 0)
      opened += 1
      const now = new Date().toISOString()
      return {
        status: 200,
        body: { session, protocol: 1, incarnation: 'i', epoch: 1, high: 0, head: '0'.repeat(64), now },
      }
    }
    const session = String(headers[SESSION_HEADER])
    const counter = Number(headers[COUNTER_HEADER])
    const last = sessions.get(session)
    if (last === undefined) return problem(401, 'session_expired')
    const signedText = requestSigningText('POST', path, session, counter, text)
    const signature = Buffer.from(String(headers[SIGNATURE_HEADER]), 'base64')
    if (!verify(null, Buffer.from(signedText), key!, signature)) return problem(401, 'bad_signature')
    if (counter <= last) return problem(401, 'replayed')
    sessions.set(session, counter)
    heard.push({ path, body: text, counter, session, packed: headers['content-encoding'] === 'gzip' })
    return answers.shift() ?? { status: 200, body: {} }
  }

  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const bytes = Buffer.concat(chunks)
    const text = (request.headers['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes).toString()
    if (holdMs > 0) await new Promise((resolve) => setTimeout(resolve, holdMs))
    const { status, body, headers = {} } = answer(request.url!, request.headers, text)
    response.writeHead(status, { 'content-type': 'application/json', ...headers })
    response.end(typeof body === 'string' ? body : JSON.stringify(body))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    address: `http://127.0.0.1:${(server.address() as { port: number }).port}`,
    code,
    heard,
    sessions: () => opened,
    forgetSessions: () => {
      sessions = new Map()
    },
    next: (status, body, headers = {}) => answers.push({ status, body, headers }),
    hold: (ms) => {
      holdMs = ms
    },
    close: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
