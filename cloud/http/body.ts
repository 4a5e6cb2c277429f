import { promisify } from 'node:util'
import { gunzip, gzip } from 'node:zlib'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { unstorableInJson } from '../../shared/storable-text.ts'
import { Refusal } from './refusal.ts'

/** As it came over the line, and as it is once unpacked: a small bomb does not become a large one. */
export const BODY_BYTES_MAX = 8_000_000
const REPLY_BYTES_TO_PACK = 1024

const inflate = promisify(gunzip)
const deflate = promisify(gzip)
const texts = new WeakMap<object, string>()

/** The text of a request's body as it was signed: after unpacking, before parsing. */
export function bodyText(request: FastifyRequest): string {
  return texts.get(request.raw) ?? ''
}

/**
 * Before a route sees a body that a person or a program has made: text that cannot be kept is refused. What tills push is
 * taken as it comes.
 */
export async function refuseUnstorable(request: FastifyRequest): Promise<void> {
  const errors = unstorableInJson(bodyText(request), request.body)
  if (errors.length > 0) throw new Refusal(400, 'bad_request', 'The request is not what is expected here.', { errors })
}

/** JSON bodies, also packed with gzip; replies are packed for whoever can unpack them. */
export function acceptPackedJson(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error')
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, async (request: FastifyRequest, body: Buffer) => {
    const text = asText(await unpacked(request, body))
    texts.set(request.raw, text)
    if (text === '') return undefined
    return new Promise((resolve, reject) => {
      parse(request, text, (error, value) => {
        if (error === null) resolve(value)
        else reject(notJson('The body is not JSON.', error.message.slice(0, 120)))
      })
    })
  })
  app.addHook('onSend', async (request, reply, payload) => {
    if (typeof payload !== 'string' || payload.length < REPLY_BYTES_TO_PACK) return payload
    if (!/\bgzip\b/.test(request.headers['accept-encoding'] ?? '') || reply.hasHeader('content-encoding'))
      return payload
    reply.header('content-encoding', 'gzip').header('vary', 'accept-encoding')
    reply.removeHeader('content-length')
    return deflate(payload, { level: 3 })
  })
}

async function unpacked(request: FastifyRequest, body: Buffer): Promise<Buffer> {
  const encoding = request.headers['content-encoding'] ?? 'identity'
  if (encoding === 'identity') return body
  if (encoding !== 'gzip') throw new Refusal(415, 'bad_request', 'Bodies come plain or packed with gzip.')
  try {
    return await inflate(body, { maxOutputLength: BODY_BYTES_MAX })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge()
    throw notJson('The body is not packed with gzip as it says.', 'bytes that are not gzip')
  }
}

export const tooLarge = () =>
  new Refusal(413, 'bad_request', `The body is larger than ${BODY_BYTES_MAX} bytes. Send fewer entries at once.`)

const notJson = (title: string, found: string) =>
  new Refusal(400, 'bad_request', title, { errors: [{ path: '(body)', found, allowed: 'JSON in UTF-8' }] })

function asText(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    throw notJson('The body is not UTF-8.', 'bytes that are not UTF-8')
  }
}
