import type { z } from 'zod'
import { campaignsReply } from '../../shared/campaigns/ask.ts'
import { codeCheckReply, codeReply } from '../../shared/redeem-code.ts'
import { reportReply } from '../../shared/segments/analysis/ask.ts'
import { segmentsReply } from '../../shared/segments/ask.ts'
import { soldReply } from '../../shared/sold-receipt.ts'
import { surveysReply } from '../../shared/surveys/ask.ts'
import {
  checkReply,
  epochReply,
  holdReply,
  memberReply,
  pullReply,
  pushReply,
  sessionReply,
  snapshotReply,
  waitReply,
} from '../../shared/sync/protocol.ts'
import type { CloudAnswer, CloudLink, ReportsLink, RightsLink } from './ports.ts'

/** The way to the cloud: the till's own origin, where main signs what the core says and sends it on. */

const CODE_MS = 12_000
const LONG_MS = 65_000 // main gives up before, and says so

export function cloudFetch(fetchIt: typeof fetch = fetch): CloudLink & RightsLink & ReportsLink {
  async function post<T>(path: string, body: unknown, schema: z.ZodType<T>, limitMs: number): Promise<CloudAnswer<T>> {
    try {
      const response = await fetchIt(path, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(limitMs),
      })
      const json: unknown = await response.json()
      if (!response.ok) return refused(response, json)
      const parsed = schema.safeParse(json)
      if (parsed.success) return { kind: 'ok', value: parsed.data }
      return { kind: 'refused', status: response.status, code: 'bad_answer', retryAfterMs: null, body: json }
    } catch (error) {
      return { kind: 'unreachable', message: error instanceof Error ? error.message : String(error) }
    }
  }

  return {
    session: () => post('/cloud/session', {}, sessionReply, LONG_MS),
    epoch: (request) => post('/cloud/epoch', request, epochReply, LONG_MS),
    push: (request) => post('/cloud/push', request, pushReply, LONG_MS),
    pull: (request) => post('/cloud/pull', request, pullReply, LONG_MS),
    snapshot: (request) => post('/cloud/snapshot', request, snapshotReply, LONG_MS),
    check: (request) => post('/cloud/check', request, checkReply, LONG_MS),
    hold: (request, limitMs) => post('/cloud/hold', request, holdReply, limitMs),
    code: (request) => post('/cloud/code', request, codeReply, CODE_MS),
    checkCode: (request) => post('/cloud/code-check', request, codeCheckReply, CODE_MS),
    wait: (request) => post('/cloud/wait', request, waitReply, LONG_MS),
    report: (request) => post('/cloud/report', request, reportReply, LONG_MS),
    segments: (request) => post('/cloud/segments', request, segmentsReply, LONG_MS),
    campaigns: (request) => post('/cloud/campaigns', request, campaignsReply, LONG_MS),
    surveys: (request) => post('/cloud/surveys', request, surveysReply, LONG_MS),
    sold: (request, limitMs) => post('/cloud/sold', request, soldReply, limitMs),
    member: (request, limitMs) => post('/cloud/member', request, memberReply, limitMs),
  }
}

function refused(response: Response, json: unknown): CloudAnswer<never> {
  const code = (json as { code?: unknown } | null)?.code
  if (code === 'unreachable') return { kind: 'unreachable', message: String((json as { detail?: unknown }).detail) }
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN)
  return {
    kind: 'refused',
    status: response.status,
    code: typeof code === 'string' ? code : 'bad_answer',
    retryAfterMs: Number.isFinite(seconds) ? seconds * 1000 : null,
    body: json,
  }
}
