import { epochReply } from '../shared/sync/protocol.ts'
import type { CloudReply } from './cloud-http.ts'
import type { Membership } from './membership.ts'
import { ORIGIN, problemReply, TILL_PAGE } from './origin.ts'

/** `/cloud/…` on the till's own origin: the core fetches there, main signs and sends on. Nobody else may. */
const BODY_BYTES_MAX = 32 * 1024 * 1024

export function cloudProxy({
  link,
  enterEpoch,
}: Pick<Membership, 'link' | 'enterEpoch'>): (request: Request, path: string) => Promise<Response> {
  return async (request, path) => {
    if (!isFromCore(request)) return problemReply(403, 'foreign_origin', 'Only the till core speaks to the cloud')
    if (request.method !== 'POST') return problemReply(405, 'method_not_allowed', 'Only POST')
    const open = link()
    if (open === null) return problemReply(409, 'not_enrolled', 'This till has not joined a programme')
    const body = await request.text()
    if (body.length > BODY_BYTES_MAX) return problemReply(413, 'too_large', 'The body is too large')
    switch (path) {
      case '/cloud/session':
        return response(await open.openSession())
      case '/cloud/push':
        return response(await open.post('push', body))
      case '/cloud/pull':
        return response(await open.post('pull', body))
      case '/cloud/snapshot':
        return response(await open.post('snapshot', body))
      case '/cloud/epoch': {
        const reply = await open.post('epoch', body)
        // Written down before the core hears of it: whatever it writes next belongs to the new epoch.
        if (reply.status === 200) enterEpoch(epochReply.parse(JSON.parse(reply.body)).epoch)
        return response(reply)
      }
      case '/cloud/hold':
        return response(await open.post('hold', body))
      case '/cloud/wait':
        return response(await open.post('wait', body))
      case '/cloud/check':
        return response(await open.post('check', body))
      case '/cloud/code':
        return response(await open.post('code', body))
      case '/cloud/code-check':
        return response(await open.post('code-check', body))
      case '/cloud/member':
        return response(await open.post('member', body))
      case '/cloud/sold':
        return response(await open.post('sold', body))
      case '/cloud/report':
        return response(await open.post('report', body))
      case '/cloud/segments':
        return response(await open.post('segments', body))
      case '/cloud/campaigns':
        return response(await open.post('campaigns', body))
      case '/cloud/surveys':
        return response(await open.post('surveys', body))
      default:
        return problemReply(404, 'not_found', 'No such call')
    }
  }
}

/** Our origin, and not the page that the cashier sees. */
function isFromCore(request: Request): boolean {
  const origin = request.headers.get('origin')
  if (origin !== null && origin !== ORIGIN) return false
  const referer = request.headers.get('referer') ?? request.referrer
  return !referer.startsWith(TILL_PAGE) && (!/^https?:/.test(referer) || referer.startsWith(`${ORIGIN}/`))
}

function response(reply: CloudReply): Response {
  const type = reply.status >= 400 ? 'application/problem+json' : 'application/json'
  return new Response(reply.body, {
    status: reply.status,
    headers: { 'content-type': type, ...(reply.retryAfter === null ? {} : { 'retry-after': reply.retryAfter }) },
  })
}
