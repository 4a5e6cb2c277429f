import type { CampaignsReply, CampaignsRequest } from '../../shared/campaigns/ask.ts'
import { instant } from '../clock.ts'
import type { Cloud } from '../cloud.ts'
import { bringFactsUp } from '../facts/keep.ts'
import { Refusal } from '../http/refusal.ts'
import { callList } from './call-list.ts'
import { settleCall } from './calls.ts'
import { effectsOf } from './effects.ts'
import { forecastOf } from './forecast.ts'
import { overview } from './overview.ts'
import { ownFigures } from './own-figures.ts'
import { reanimationDrafts } from './preset.ts'
import { campaignReport } from './report.ts'
import { readSettings, saveSettings } from './settings.ts'
import { campaigns, dropDraft, saveCampaign, setCampaignState } from './store.ts'
import { sendTest, testOf } from './test-list.ts'
import { whatIf } from './what-if.ts'

/** More than a person calls in a day. */
const CALLS_LISTED = 100

/** For a manager's screen. `by`: which till asks. */
export async function campaignsForScreen(cloud: Cloud, request: CampaignsRequest, by: string): Promise<CampaignsReply> {
  switch (request.ask) {
    case 'list':
      await bringFactsUp(cloud)
      return { kind: 'list', at: instant(cloud.clock), campaigns: await overview(cloud) }
    case 'one':
      return one(cloud, request.campaign)
    case 'state':
      return { kind: 'state', state: (await setCampaignState(cloud, request.campaign, request.state)).state }
    case 'own':
      return { kind: 'own', ...(await ownFigures(cloud)) }
    case 'preset': {
      const drafts = await reanimationDrafts(cloud, request.averageInterval, request.vipCardTypes)
      return { kind: 'preset', campaigns: drafts.map(({ document, state }) => ({ campaign: document.id, state })) }
    }
    case 'save':
      return orInvalid(async () => {
        const { document } = await saveCampaign(cloud, request.document, request.over)
        return { kind: 'saved', campaign: document.id }
      })
    case 'drop':
      await dropDraft(cloud, request.campaign)
      return { kind: 'dropped' }
    case 'calls': {
      const { today, total, calls } = await callList(cloud, { later: request.later, limit: CALLS_LISTED })
      const listed = calls.map(({ triedAt: _, triedBy: __, touches, ...call }) => ({ ...call, touches: [...touches] }))
      return { kind: 'calls', today, total, calls: listed }
    }
    case 'settle':
      return { kind: 'settled', ...(await settleCall(cloud, request.call, request.how, by)) }
    case 'test': {
      const { campaign, to, key } = request
      return { kind: 'test', ...(await sendTest(cloud, { campaign, to, key, by })) }
    }
    case 'tested':
      return { kind: 'test', ...(await testOf(cloud, request.key)) }
    case 'whatIf': {
      const { document, from, to } = request
      if (from > to) throw new Refusal(400, 'bad_request', `to: found ${to}; a day not before ${from} is allowed.`)
      return orInvalid(async () => {
        const { touches, variants = {}, ...counted } = await whatIf(cloud, document, from, to)
        return { kind: 'whatIf', ...counted, touches: { ...touches }, variants: { ...variants } }
      })
    }
    case 'settings':
      return { kind: 'settings', ...(await readSettings(cloud.db, cloud.tenant)) }
    case 'cap':
      await saveSettings(cloud.db, cloud.tenant, { cap: request.cap })
      return { kind: 'settings', ...(await readSettings(cloud.db, cloud.tenant)) }
    case 'forecast':
      return orInvalid(async () => ({ kind: 'forecast', ...(await forecastOf(cloud, request.document)) }))
  }
}

/** What is wrong in a document is an answer: the screen says it beside its fields. */
async function orInvalid(work: () => Promise<CampaignsReply>): Promise<CampaignsReply> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof Refusal) || error.problem.code !== 'bad_campaign') throw error
    return { kind: 'invalid', errors: [...(error.problem.errors ?? [])] }
  }
}

async function one(cloud: Cloud, id: string): Promise<CampaignsReply> {
  const report = await campaignReport(cloud, id)
  const [{ margins, controls, against }, all] = await Promise.all([effectsOf(cloud, id), campaigns(cloud)])
  const { campaign, state, began, chains, treated, control, uplift, variants } = report
  return {
    kind: 'one',
    campaign,
    document: { ...all.find(({ document }) => document.id === id)!.document },
    state,
    began,
    at: instant(cloud.clock),
    chains: { ...chains },
    touches: report.touches.map((figures) => ({
      ...figures,
      margin: margins.get(figures.touch) ?? null,
      control: controls.get(figures.touch) ?? { of: 0, bought: 0 },
    })),
    treated,
    control,
    uplift,
    against,
    variants: [...variants],
  }
}
