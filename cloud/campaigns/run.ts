import { type Cap, isCapped } from '../../shared/campaigns/cap.ts'
import { opens, type Step, stepOf } from '../../shared/campaigns/chain.ts'
import { groupOf } from '../../shared/campaigns/control.ts'
import type { CampaignDocument } from '../../shared/campaigns/document.ts'
import { LATE_DAYS } from '../../shared/campaigns/start.ts'
import { variantsOf } from '../../shared/campaigns/variants.ts'
import { bookOwnIn } from '../../shared/intake/own-stream.ts'
import type { EntryBody } from '../../shared/ledger/entry.ts'
import { plusDays } from '../../shared/ledger/rules.ts'
import { assert, unreachable } from '../../shared/result.ts'
import type { BgNbd } from '../../shared/segments/analysis/bg-nbd.ts'
import type { Cloud } from '../cloud.ts'
import type { Tx } from '../database/connect.ts'
import { transaction } from '../database/transaction.ts'
import { bringFactsUp } from '../facts/keep.ts'
import { programmeDay } from '../feed/rows.ts'
import { intakeOf, ledgerTx } from '../ledger/postgres-store.ts'
import { saveMessages } from '../messages/store.ts'
import { saveAsked } from '../surveys/asked.ts'
import { closeCalls, saveCalls } from './calls.ts'
import {
  candidates,
  closeBought,
  type DueChain,
  dueChains,
  type Moved,
  moveChains,
  openChains,
  saveTouches,
  type TouchRow,
} from './chains.ts'
import { BY, type Giving, givenBy, NOTHING, overTerms } from './give.ts'
import { closeHints, saveHints } from './hints.ts'
import { readSettings } from './settings.ts'
import { type Campaign, campaigns } from './store.ts'
import { asksForWorth, purchaseModel, worthOf } from './worth.ts'

/**
 * Makes the touches that are due. Each page is one transaction: chains, what became of the touches, and the gifts in the
 * ledger, so that a service that is killed goes on where it was; whoever holds the turn makes them, and nobody beside.
 * Rules K1 to K8 of shared/campaigns/SPEC.md.
 */
const PAGE_MEMBERS = 500

/** Everything that is due today. Any number of instances may run it, at any time, again and again. */
export async function runCampaigns(cloud: Cloud, pageMembers = PAGE_MEMBERS): Promise<number> {
  await bringFactsUp(cloud)
  let made = 0
  for (const { document, state } of await campaigns(cloud)) {
    if (state !== 'running') continue
    await pages(cloud, document.id, (tx, campaign, today, after) =>
      open(cloud, tx, campaign, today, after, pageMembers),
    )
    const model = asksForWorth(document) ? await purchaseModel(cloud, await programmeDay(cloud, cloud.db)) : null
    await pages(cloud, document.id, async (tx, campaign, today, after) => {
      const page = await act(cloud, tx, campaign, model, today, after, pageMembers)
      made += page.made
      return page.last
    })
  }
  cloud.feed.wake()
  return made
}

/** Runs a page after the other, each in a transaction that holds the turn, until one says that it was the last. */
async function pages(
  cloud: Cloud,
  id: string,
  page: (tx: Tx, campaign: Campaign, today: string, after: string) => Promise<string | null>,
): Promise<void> {
  let after: string | null = ''
  while (after !== null) {
    const from: string = after
    after = await transaction(cloud.db, async (tx) => {
      await takeTurn(cloud, tx)
      const campaign = (await campaigns(cloud, tx)).find(({ document }) => document.id === id)
      // paused or stopped meanwhile
      if (campaign?.state !== 'running') return null
      return await page(tx, campaign, await programmeDay(cloud, tx), from)
    })
  }
}

async function takeTurn({ tenant }: Cloud, tx: Tx): Promise<void> {
  await tx
    .insertInto('campaign_turn')
    .values({ tenant })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
  await tx.selectFrom('campaign_turn').select('tenant').where('tenant', '=', tenant).forUpdate().execute()
}

/** The last member of the page; null: there are no more. */
async function open(
  cloud: Cloud,
  tx: Tx,
  { document, began }: Campaign,
  today: string,
  after: string,
  limit: number,
): Promise<string | null> {
  assert(began !== null, 'what runs has begun')
  const { tenant, keys } = cloud
  if (after === '') await closeBought(tx, tenant, document.id, today)
  const programme = (await cloud.programmes.current(tx))?.compiled.document ?? null
  const basis = { tenant, keys, programme, from: plusDays(today, 1 - LATE_DAYS), to: today }
  const found = await candidates(tx, document, basis, after, limit)
  const openings = found.flatMap((standing) => {
    const chain = opens(document, standing, standing, began, today)
    const isControl = groupOf(document.id, standing.member, document.controlPercent) === 'control'
    return chain === undefined ? [] : [{ member: standing.member, chain, isControl }]
  })
  await openChains(tx, tenant, document.id, openings)
  return found.length < limit ? null : found.at(-1)!.member
}

async function act(
  cloud: Cloud,
  tx: Tx,
  { document }: Campaign,
  model: BgNbd | null,
  today: string,
  after: string,
  limit: number,
) {
  const { tenant } = cloud
  const ofAll = (await readSettings(tx, tenant)).cap
  const due = await dueChains(tx, tenant, document, ofAll, today, after, limit)
  const touched = new Set<string>() // of this page, whom another chain of theirs has touched a moment ago
  const moved: Moved[] = []
  const touches: TouchRow[] = []
  const entries: EntryBody[] = []
  const programme = (await cloud.programmes.current(tx))?.compiled.document ?? null
  const members = document.touches.some((touch) => touch.do === 'percent') ? due.map(({ member }) => member) : []
  const worths = asksForWorth(document)
    ? await worthOf(
        tx,
        tenant,
        model,
        due.map(({ member }) => member),
        today,
      )
    : new Map()
  const over = await overTerms(tx, tenant, members, today)
  const giving: Giving = { document, programme, today, overTerms: over, worths }
  const triedFor = variantsOf(document)
  for (const chain of due) {
    const { variant, document: tried } = triedFor(chain.member)
    const step = stepOf(tried, chain, chain, today)
    const wasTouched = chain.wasTouched || touched.has(chain.member)
    const wished = outcomeOf(document, ofAll, step, { ...chain, wasTouched })
    if (wished === 'wait') continue
    moved.push(movedBy(chain, step))
    if (wished === null || !('touch' in step)) continue
    const { id: touch, do: kind } = step.touch
    const given = wished === 'made' ? givenBy(giving, chain, step.touch) : NOTHING
    const outcome = given === undefined ? 'unavailable' : wished
    if (outcome === 'made') touched.add(chain.member)
    const { entry, points, lastDay, said, why } = given ?? NOTHING
    if (entry !== null) entries.push(entry)
    const { member, anchor, since } = chain
    const became = { due: chain.due, outcome, points, lastDay, said, why }
    touches.push({ member, anchor, since, touch, kind, variant, ...became })
  }
  await saveTouches(tx, tenant, document.id, touches, today)
  await saveHints(tx, tenant, document.id, touches, today)
  await saveAsked(tx, tenant, (id) => surveyOf(document, id), touches, today)
  await saveMessages(cloud, tx, document.id, touches, today)
  await saveCalls(tx, tenant, document.id, touches, today)
  await moveChains(tx, tenant, document.id, moved, today)
  const ended = moved.filter(({ state }) => state !== 'open' && state !== 'made').map(({ member }) => member)
  await closeHints(tx, tenant, today, ended)
  await closeCalls(tx, tenant, today, ended)
  if (entries.length > 0) await give(cloud, tx, entries)
  const made = touches.filter(({ outcome }) => outcome === 'made').length
  return { made, last: due.length < limit ? null : due.at(-1)!.member }
}

function surveyOf({ touches }: CampaignDocument, touch: string): string | undefined {
  const found = touches.find(({ id }) => id === touch)
  return found?.do === 'survey' ? found.survey : undefined
}

/** What becomes of the touch of a step; null: the step has none; wait: nothing happens today. */
function outcomeOf(
  { cap, whenCapped }: CampaignDocument,
  ofAll: Cap | null,
  step: Step,
  chain: DueChain,
): TouchRow['outcome'] | 'wait' | null {
  switch (step.step) {
    case 'wait':
      return 'wait'
    case 'bought':
    case 'left':
    case 'gone':
      return null
    case 'pass':
      return 'no_consent' // in the control group too: the two are compared, so the same people are left out of both
    case 'touch':
      if (chain.isControl) return 'control'
      if (chain.wasTouched) return 'wait'
      if (!isCapped(chain, ofAll, cap)) return 'made'
      return whenCapped === 'skip' ? 'capped' : 'wait'
    default:
      return unreachable(step)
  }
}

function movedBy({ member, anchor }: DueChain, step: Step): Moved {
  if (step.step === 'bought' || step.step === 'left' || step.step === 'gone') {
    return { member, anchor, state: step.step, next: null, due: null }
  }
  assert('touch' in step, 'who waits is not moved')
  const { following } = step
  if (following === null) return { member, anchor, state: 'made', next: null, due: null }
  return { member, anchor, state: 'open', next: following.next, due: following.due }
}

async function give(cloud: Cloud, tx: Tx, entries: readonly EntryBody[]): Promise<void> {
  const booked = await bookOwnIn(intakeOf(cloud), ledgerTx(cloud, tx), entries, BY)
  const refused = booked.find(({ disposition }) => disposition.kind === 'quarantined')
  assert(refused === undefined, 'the ledger books what a campaign gives')
}
