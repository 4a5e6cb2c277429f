import type { CoreReply, CoreResults } from '../../shared/core-api.ts'
import { looksLikeGoods } from '../../shared/identification/code.ts'
import { unframed } from '../../shared/identification/framing.ts'
import type { Switchboard } from '../switchboard.ts'
import type { Devices } from './devices.ts'

/**
 * The way of a scan: to the core, which says what it is; and on to the register where one scanner serves both and the code
 * is the register's. While the core is away, goods are still told by their own numbers: the queue goes on.
 */
export function scanRoute(
  switchboard: Pick<Switchboard, 'callAny'>,
  devices: () => Pick<Devices, 'passesOn' | 'passOn'> | null,
): (params: unknown) => Promise<CoreReply<CoreResults['scans.take']>> {
  return async (params) => {
    const { code, source } = (params ?? {}) as { readonly code?: unknown; readonly source?: unknown }
    const to = devices()
    // What the register sent itself, or a person typed, is not for the register.
    const isShared = to?.passesOn() === true && source !== 'register' && source !== 'typed'
    const asked = isShared ? { ...(params as object), shared: true } : params
    const reply = (await switchboard.callAny('scans.take', asked)) as CoreReply<CoreResults['scans.take']>
    if (!isShared || reply.ok || typeof code !== 'string') return reply
    const isGoods = reply.reason === 'goods_code' || (reply.reason === 'starting' && looksLikeGoods(code, []))
    if (isGoods) to.passOn(unframed(code).text) // as the register's own scanner would send it
    return reply
  }
}
