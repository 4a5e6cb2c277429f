import type { FastifyInstance, FastifyRequest } from 'fastify'
import { campaignsRequest } from '../../shared/campaigns/ask.ts'
import { codeCheckRequest, codeRequest } from '../../shared/redeem-code.ts'
import { reportRequest } from '../../shared/segments/analysis/ask.ts'
import { segmentsRequest } from '../../shared/segments/ask.ts'
import { soldRequest } from '../../shared/sold-receipt.ts'
import { surveysRequest } from '../../shared/surveys/ask.ts'
import {
  challengeRequest,
  checkRequest,
  enrolTillRequest,
  epochRequest,
  holdRequest,
  memberRequest,
  pullRequest,
  pushRequest,
  sessionRequest,
  snapshotRequest,
  waitRequest,
} from '../../shared/sync/protocol.ts'
import { relayRequest, standingsRequest } from '../../shared/sync/relay.ts'
import { BATCH_HEADER } from '../../shared/sync/signature.ts'
import { reportForScreen } from '../analysis/routes.ts'
import { campaignsForScreen } from '../campaigns/for-screen.ts'
import type { Cloud } from '../cloud.ts'
import { authenticate, type ProvenSpeaker } from '../devices/authenticate.ts'
import { enrolTill } from '../devices/enrol.ts'
import { raiseEpoch } from '../devices/epoch.ts'
import { makeChallenge, openSession, unknownDevice } from '../devices/session.ts'
import { attemptLimit } from '../http/attempts.ts'
import { bodyText } from '../http/body.ts'
import { parsed } from '../http/problems.ts'
import { Refusal } from '../http/refusal.ts'
import { checkRedeemCode, sendRedeemCode } from '../members/redeem-codes.ts'
import { segmentsForScreen } from '../segments/for-screen.ts'
import { surveysForScreen } from '../surveys/routes.ts'
import { check } from './check.ts'
import { hold } from './hold.ts'
import { lookUp } from './lookup.ts'
import { pull } from './pull.ts'
import { push } from './push.ts'
import { relay, standings } from './relay.ts'
import { snapshot } from './snapshot.ts'
import { soldFor } from './sold.ts'
import { makeBell, wait } from './wait.ts'

const WRONG_CODES_A_MINUTE = 20

/** The protocol of `shared/sync/protocol.ts` under /sync/v1. */
export function syncRoutes(app: FastifyInstance, cloud: Cloud): void {
  const codes = attemptLimit(WRONG_CODES_A_MINUTE, () => cloud.clock().getTime())

  app.post('/sync/v1/enrol', async (request) => {
    codes.check(request.ip)
    const body = parsed(enrolTillRequest, request.body)
    try {
      return await enrolTill(cloud, body)
    } catch (error) {
      if (error instanceof Refusal && error.problem.code === 'bad_code') codes.failed(request.ip)
      throw error
    }
  })

  app.post('/sync/v1/challenge', async (request) => {
    const { device } = parsed(challengeRequest, request.body)
    const found = await cloud.db
      .selectFrom('device')
      .select('device')
      .where('tenant', '=', cloud.tenant)
      .where('device', '=', device)
      .executeTakeFirst()
    if (found === undefined) throw unknownDevice()
    return makeChallenge(cloud, device)
  })

  app.post('/sync/v1/session', (request) => openSession(cloud, parsed(sessionRequest, request.body)))

  app.post('/sync/v1/push', async (request) => {
    const speaker = await speakerOf(cloud, request, { heardOut: true })
    const signature = request.headers[BATCH_HEADER]
    return push(
      cloud,
      speaker,
      parsed(pushRequest, request.body),
      typeof signature === 'string' ? signature : undefined,
    )
  })

  app.post('/sync/v1/epoch', async (request) => {
    const speaker = await speakerOf(cloud, request)
    return raiseEpoch(cloud, speaker, parsed(epochRequest, request.body))
  })

  app.post('/sync/v1/pull', async (request) => {
    const speaker = await speakerOf(cloud, request)
    return pull(cloud, speaker, parsed(pullRequest, request.body))
  })

  app.post('/sync/v1/snapshot', async (request) => {
    const speaker = await speakerOf(cloud, request)
    return snapshot(cloud, speaker, parsed(snapshotRequest, request.body))
  })

  app.post('/sync/v1/check', async (request) => {
    const speaker = await speakerOf(cloud, request)
    return check(cloud, speaker, parsed(checkRequest, request.body), (difference) =>
      app.log.warn({ difference }, 'a till held something else than it should'),
    )
  })

  app.post('/sync/v1/hold', async (request) => {
    const speaker = await speakerOf(cloud, request)
    return hold(cloud, speaker, parsed(holdRequest, request.body))
  })

  const bell = makeBell(cloud.db, cloud.tenant, cloud.trouble('bell', 'looking whom to call failed'))
  app.addHook('preClose', async () => bell.close())
  app.post('/sync/v1/wait', async (request) => {
    const speaker = await speakerOf(cloud, request)
    return wait(cloud, bell, speaker, parsed(waitRequest, request.body))
  })

  app.post('/sync/v1/code', async (request) => {
    await speakerOf(cloud, request)
    return sendRedeemCode(cloud, cloud.gateway, parsed(codeRequest, request.body).member)
  })

  app.post('/sync/v1/code-check', async (request) => {
    await speakerOf(cloud, request)
    const { member, code } = parsed(codeCheckRequest, request.body)
    return checkRedeemCode(cloud, member, code)
  })

  app.post('/sync/v1/member', async (request) => {
    const speaker = await speakerOf(cloud, request)
    return lookUp(cloud, speaker, parsed(memberRequest, request.body))
  })

  app.post('/sync/v1/sold', async (request) => {
    const speaker = await speakerOf(cloud, request)
    return soldFor(cloud, speaker, parsed(soldRequest, request.body))
  })

  app.post('/sync/v1/standings', async (request) => {
    const speaker = await speakerOf(cloud, request)
    return standings(cloud, speaker, parsed(standingsRequest, request.body))
  })

  app.post('/sync/v1/relay', async (request) => {
    const speaker = await speakerOf(cloud, request)
    return relay(cloud, speaker, parsed(relayRequest, request.body))
  })

  app.post('/sync/v1/report', async (request) => {
    await speakerOf(cloud, request)
    return reportForScreen(cloud, parsed(reportRequest, request.body))
  })

  app.post('/sync/v1/segments', async (request) => {
    await speakerOf(cloud, request)
    return segmentsForScreen(cloud, parsed(segmentsRequest, request.body))
  })

  app.post('/sync/v1/campaigns', async (request) => {
    const { device } = await speakerOf(cloud, request)
    return campaignsForScreen(cloud, parsed(campaignsRequest, request.body), device)
  })

  app.post('/sync/v1/surveys', async (request) => {
    await speakerOf(cloud, request)
    return surveysForScreen(cloud, parsed(surveysRequest, request.body))
  })
}

function speakerOf(
  cloud: Cloud,
  request: FastifyRequest,
  rule?: { readonly heardOut: boolean },
): Promise<ProvenSpeaker> {
  const { method, url, headers } = request
  return authenticate(cloud, { method, path: url, headers, body: bodyText(request) }, rule)
}
