import { problemDocument } from './problem.ts'

/** What comes before any route: bytes that are no request, an address that cannot be read. Refused as a problem too. */

interface Wrong {
  readonly path: string
  readonly found: string
  readonly allowed: string
}

/** What is used of a connection. */
interface Connection {
  readonly writable: boolean
  readonly destroyed: boolean
  write(text: string): unknown
  destroy(error?: Error): unknown
}

const HEAD_BYTES_MAX = 16 * 1024 // Node's own
const ID_CHARACTERS_MAX = 300

/** Answers bytes that Node could not read as a request, and lets the connection go. */
export function answerNoRequest(error: Error & { readonly code?: string }, socket: Connection): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return
  if (socket.writable) {
    const [status, wrong] = whatIsWrong(error.code)
    const body = JSON.stringify(problemDocument(status, 'bad_request', 'This is no request', { errors: [wrong] }))
    const reason = status === 408 ? 'Request Timeout' : 'Bad Request'
    const head = [
      `HTTP/1.1 ${status} ${reason}`,
      'content-type: application/problem+json',
      `content-length: ${body.length}`,
      'connection: close',
    ]
    socket.write(`${head.join('\r\n')}\r\n\r\n${body}`)
  }
  socket.destroy(error)
}

/** ASCII only: its length is counted in bytes. */
function whatIsWrong(code: string | undefined): [status: number, Wrong] {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT')
    return [408, { path: '(request)', found: 'a part of a request', allowed: 'the whole of it within a minute' }]
  if (code === 'HPE_HEADER_OVERFLOW') {
    const [found, allowed] = [`more than ${HEAD_BYTES_MAX} bytes`, `at most ${HEAD_BYTES_MAX} bytes`]
    return [400, { path: '(head)', found, allowed }]
  }
  return [400, { path: '(request)', found: 'something else', allowed: 'HTTP/1.1' }]
}

/** What is wrong with an address that no route could be looked up for. */
export function unreadableAddress(error: Error): Wrong {
  const { code } = error as { readonly code?: string }
  const path = '(address)'
  return code === 'FST_ERR_MAX_PARAM_LENGTH'
    ? { path, found: 'an id that is too long', allowed: `ids of at most ${ID_CHARACTERS_MAX} characters` }
    : { path, found: 'percent signs that stand for nothing', allowed: 'UTF-8, escaped: %20 for a space' }
}

/** How long an id in an address may be. */
export const routerOptions = { maxParamLength: ID_CHARACTERS_MAX }
