import { sql } from 'kysely'
import type { z } from 'zod'
import { type CampaignDocument, campaignDocument } from '../../shared/campaigns/document.ts'
import { canonical } from '../../shared/ledger/chain.ts'
import { schemaErrors } from '../../shared/problem.ts'
import type { Cloud } from '../cloud.ts'
import type { Db, Tx } from '../database/connect.ts'
import { transaction } from '../database/transaction.ts'
import { programmeDay } from '../feed/rows.ts'
import { Refusal } from '../http/refusal.ts'
import { closeCalls } from './calls.ts'
import { closeHints } from './hints.ts'
import { checkNeeds, checkSegments, checkSurveys } from './needs.ts'

export const CAMPAIGN_STATES = ['draft', 'running', 'paused', 'stopped'] as const
export type CampaignState = (typeof CAMPAIGN_STATES)[number]

export interface Campaign {
  readonly document: CampaignDocument
  readonly state: CampaignState
  /** The day on which it was first started. */
  readonly began: string | null
}

/** Which state may follow which: what was stopped stays so, and a copy of it may be started. */
const NEXT: Readonly<Record<CampaignState, readonly CampaignState[]>> = {
  draft: ['running', 'stopped'],
  running: ['paused', 'stopped'],
  paused: ['running', 'stopped'],
  stopped: [],
}

export async function campaigns(cloud: Cloud, tx: Db | Tx = cloud.db): Promise<Campaign[]> {
  const rows = await tx
    .selectFrom('campaign')
    .select(['document', 'state', 'began'])
    .where('tenant', '=', cloud.tenant)
    .orderBy('id')
    .execute()
  return rows.map(({ document, state, began }) => ({ document: campaignDocument.parse(document), state, began }))
}

/** What is wrong in a document, by place. */
export const notACampaign = (error: z.ZodError, written: unknown): Refusal =>
  new Refusal(400, 'bad_campaign', 'This is no campaign.', { errors: schemaErrors(error, written) })

/**
 * A new campaign, or a draft with other content; what runs keeps the rules it was started with. `over`: what is changed, as it
 * was read (null: nothing is there yet), so that nobody writes over what somebody else has saved meanwhile.
 */
export async function saveCampaign(
  cloud: Cloud,
  written: unknown,
  over?: Readonly<Record<string, unknown>> | null,
): Promise<Campaign> {
  const read = campaignDocument.safeParse(written)
  if (!read.success) throw notACampaign(read.error, written)
  const { tenant } = cloud
  const document = read.data
  await transaction(cloud.db, async (tx) => {
    const { rows: made } = await sql`
      insert into campaign (tenant, id, document, state) values (${tenant}, ${document.id}, ${JSON.stringify(document)}, 'draft')
      on conflict (tenant, id) do nothing returning id`.execute(tx)
    if (made.length > 0) {
      if (over == null) return
      throw new Refusal(404, 'unknown_campaign', 'There is no campaign of this id any more.')
    }
    const before = await tx
      .selectFrom('campaign')
      .select(['document', 'state'])
      .where('tenant', '=', tenant)
      .where('id', '=', document.id)
      .forUpdate()
      .executeTakeFirst()
    const has = before === undefined ? undefined : canonical(campaignDocument.parse(before.document))
    // saved before, and the answer was lost on its way
    if (before?.state === 'draft' && has === canonical(document)) return
    if (over === null) throw new Refusal(409, 'campaign_exists', 'There is a campaign of this id already.')
    if (before?.state !== 'draft') {
      throw new Refusal(409, 'campaign_started', 'This campaign has been started; copy it under another id.')
    }
    if (over !== undefined && has !== canonical(over)) {
      throw new Refusal(409, 'campaign_changed', 'Somebody else has changed this campaign meanwhile.')
    }
    await sql`
      update campaign set document = ${JSON.stringify(document)} where tenant = ${tenant} and id = ${document.id}`.execute(
      tx,
    )
  })
  return { document, state: 'draft', began: null }
}

/** Takes a draft away. What was started stays, with what it did. */
export async function dropDraft(cloud: Cloud, id: string): Promise<void> {
  const { db, tenant } = cloud
  const dropped = await db
    .deleteFrom('campaign')
    .where('tenant', '=', tenant)
    .where('id', '=', id)
    .where('state', '=', 'draft')
    .executeTakeFirst()
  if (dropped.numDeletedRows > 0n) return
  if ((await campaigns(cloud)).some(({ document }) => document.id === id)) {
    throw new Refusal(409, 'campaign_started', 'This campaign has been started; it can be stopped, not deleted.')
  }
  throw new Refusal(404, 'unknown_campaign', 'There is no campaign of this id.')
}

export async function setCampaignState(cloud: Cloud, id: string, state: CampaignState): Promise<Campaign> {
  const { tenant } = cloud
  const campaign = await transaction(cloud.db, async (tx) => {
    const row = await tx
      .selectFrom('campaign')
      .select(['document', 'state', 'began'])
      .where('tenant', '=', tenant)
      .where('id', '=', id)
      .forUpdate()
      .executeTakeFirst()
    if (row === undefined) throw new Refusal(404, 'unknown_campaign', 'There is no campaign of this id.')
    const document = campaignDocument.parse(row.document)
    if (row.state === state) return { document, state, began: row.began }
    if (!NEXT[row.state].includes(state)) {
      throw new Refusal(409, 'campaign_state', `The campaign is ${row.state}; it cannot become ${state}.`)
    }
    if (state === 'running') {
      const programme = (await cloud.programmes.current(tx))?.compiled.document ?? null
      checkNeeds(document, programme, await programmeDay(cloud, tx))
      await checkSegments(cloud, tx, document)
      await checkSurveys(cloud, tx, document)
    }
    const began = row.began ?? (state === 'running' ? await programmeDay(cloud, tx) : null)
    await tx.updateTable('campaign').set({ state, began }).where('tenant', '=', tenant).where('id', '=', id).execute()
    if (state === 'stopped') await closeChains(cloud, tx, id)
    if (state === 'stopped') await closeHints(tx, tenant, await programmeDay(cloud, tx), null)
    if (state === 'stopped') await closeCalls(tx, tenant, await programmeDay(cloud, tx), null)
    return { document, state, began }
  })
  cloud.feed.wake() // tills hear of hints that are closed
  return campaign
}

async function closeChains(cloud: Cloud, tx: Tx, campaign: string): Promise<void> {
  await tx
    .updateTable('campaign_chain')
    .set({ state: 'stopped', due: null, next: null, closed: await programmeDay(cloud, tx) })
    .where('tenant', '=', cloud.tenant)
    .where('campaign', '=', campaign)
    .where('state', '=', 'open')
    .execute()
}
