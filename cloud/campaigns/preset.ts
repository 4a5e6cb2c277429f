import type { CampaignDocument } from '../../shared/campaigns/document.ts'
import { reanimation } from '../../shared/campaigns/preset.ts'
import { canonical } from '../../shared/ledger/chain.ts'
import { makeReport } from '../analysis/reports.ts'
import type { Cloud } from '../cloud.ts'
import { bringFactsUp } from '../facts/keep.ts'
import { type Campaign, campaigns, saveCampaign } from './store.ts'

export interface Proposed {
  /** Mean days between the purchases of a member; null: nobody has bought twice yet, and the article's 65 stand in. */
  readonly averageInterval: number | null
  readonly campaigns: readonly Campaign[]
}

/** Mean whole days between the purchases of a member; null: nobody has bought twice yet. */
export async function averageIntervalOf(cloud: Cloud): Promise<number | null> {
  await bringFactsUp(cloud)
  const { meanDays } = (await makeReport(cloud, { name: 'intervals' })) as { readonly meanDays: number | null }
  return meanDays === null || meanDays < 1 ? null : Math.round(meanDays)
}

/** The article's chains as drafts, by the interval that is really there. */
export async function proposeReanimation(cloud: Cloud): Promise<Proposed> {
  const averageInterval = await averageIntervalOf(cloud)
  return { averageInterval, campaigns: await reanimationDrafts(cloud, averageInterval ?? undefined) }
}

/**
 * The article's chains as drafts, by this interval. What has been started stays as it is, and so does a draft that
 * somebody has changed.
 */
export async function reanimationDrafts(
  cloud: Cloud,
  averageInterval?: number,
  vipCardTypes?: readonly string[],
): Promise<Campaign[]> {
  const known = new Map((await campaigns(cloud)).map((each) => [each.document.id, each]))
  const drafts: Campaign[] = []
  for (const document of reanimation(averageInterval, vipCardTypes)) {
    const there = known.get(document.id)
    drafts.push(there === undefined || isUntouched(there, document) ? await saveCampaign(cloud, document) : there)
  }
  return drafts
}

/** A draft that is the preset still, but for the days that hang on the interval known when it was made. */
function isUntouched({ state, document }: Campaign, proposed: CampaignDocument): boolean {
  const { goneAfterDays } = proposed.audience
  const renewed = { ...document, start: proposed.start, audience: { ...document.audience, goneAfterDays } }
  return state === 'draft' && canonical(renewed) === canonical(proposed)
}
