import { sql } from 'kysely'
import type { CampaignDocument, Touch } from '../../shared/campaigns/document.ts'
import type { CampaignTest, TestFound } from '../../shared/campaigns/test-list.ts'
import { triedAs } from '../../shared/campaigns/variants.ts'
import type { CardNumber, MemberId } from '../../shared/ids.ts'
import { instant } from '../clock.ts'
import type { Cloud } from '../cloud.ts'
import type { Tx } from '../database/connect.ts'
import { transaction } from '../database/transaction.ts'
import { bringFactsUp } from '../facts/keep.ts'
import { programmeDay } from '../feed/rows.ts'
import { Refusal } from '../http/refusal.ts'
import { findMembers } from '../members/find.ts'
import { mailOf, takingMessages } from '../messages/send.ts'
import { type Giving, givenBy } from './give.ts'
import { jsonOrNull } from './hints.ts'
import { campaigns } from './store.ts'
import { asksForWorth, purchaseModel, worthOf } from './worth.ts'

/**
 * The touches of a campaign tried on a short list: what each would say to these members today goes out at once, marked as a
 * test. Nothing is booked, and no chain, hint, call, cap or report knows of it. Rules K95 to K97.
 */
export async function sendTest(
  cloud: Cloud,
  { campaign, to, key, by }: { campaign: string; to: readonly string[]; key: string; by: string },
): Promise<CampaignTest> {
  if (cloud.gateway === undefined && mailOf(cloud) === undefined) {
    throw new Refusal(409, 'no_gateway', 'Neither mail nor a gateway for texts is set up: nothing can be sent.')
  }
  const document = (await campaigns(cloud)).find((each) => each.document.id === campaign)?.document
  if (document === undefined) throw new Refusal(404, 'unknown_campaign', 'There is no campaign of this id.')
  await bringFactsUp(cloud)
  const { db, tenant, keys } = cloud
  const today = await programmeDay(cloud, db)
  const model = asksForWorth(document) ? await purchaseModel(cloud, today) : null
  const list = await resolved(cloud, to)
  const asked = keys.mark(['campaign test', campaign, ...to].join('\n'))
  const test = { tenant, key, campaign, asked, by_whom: by, made_at: instant(cloud.clock) }
  await transaction(db, async (tx) => {
    const { rows } = await sql`
      insert into campaign_test (tenant, key, campaign, asked, document, found, by_whom, made_at)
      values (${tenant}, ${key}, ${campaign}, ${asked}, ${JSON.stringify(document)}::jsonb,
        ${list.map(({ found }) => found)}::text[], ${by}, ${test.made_at})
      on conflict (tenant, key) do nothing returning key`.execute(tx)
    if (rows.length === 0) return // pressed before, perhaps a moment ago: what became of that is answered
    const members = list.flatMap(({ member }) => (member === null ? [] : [member]))
    const worths = model === null ? new Map() : await worthOf(tx, tenant, model, members, today)
    const programme = (await cloud.programmes.current(tx))?.compiled.document ?? null
    await saveMessages(tx, test, list, { document, programme, today, overTerms: new Map(), worths })
  })
  return await testOf(cloud, key, asked)
}

/** What has become of a test so far. */
export async function testOf({ db, tenant }: Cloud, key: string, asked?: string): Promise<CampaignTest> {
  const test = await db
    .selectFrom('campaign_test')
    .select(['campaign', 'asked', 'found', 'made_at'])
    .where('tenant', '=', tenant)
    .where('key', '=', key)
    .executeTakeFirst()
  if (test === undefined) throw new Refusal(404, 'unknown_test', 'There is no test of this key.')
  if (asked !== undefined && asked !== test.asked) {
    throw new Refusal(422, 'idempotency_key_reused', 'This Idempotency-Key came with another request before.')
  }
  const rows = await db
    .selectFrom('campaign_test_message')
    .select(['place', 'touch', 'variant', 'state', 'channel', 'trouble'])
    .where('tenant', '=', tenant)
    .where('key', '=', key)
    .orderBy('place')
    .orderBy('variant')
    .orderBy('touch')
    .execute()
  const list = test.found.map((found, place) => ({
    found: found as TestFound,
    messages: rows
      .filter((row) => row.place === place)
      .map(({ place: _, variant, ...row }) => ({ ...row, variant: variant === '' ? null : variant })),
  }))
  return { key, campaign: test.campaign, at: test.made_at, list }
}

interface Entry {
  readonly found: TestFound
  /** Null: nothing is sent. */
  readonly member: MemberId | null
}

async function resolved(cloud: Cloud, to: readonly string[]): Promise<Entry[]> {
  const found: (TestFound | MemberId)[] = []
  for (const typed of to) found.push(await oneOf(cloud, typed))
  const isMember = (each: TestFound | MemberId, place: number) => members[place] === each
  const members = found.map((each) => (each === 'unknown' || each === 'several' ? null : (each as MemberId)))
  const agreeing = await takingMessages(
    cloud,
    members.flatMap((member) => member ?? []),
  )
  return found.map((each, place): Entry => {
    if (!isMember(each, place)) return { found: each as TestFound, member: null }
    const member = each as MemberId
    if (members.indexOf(member) < place) return { found: 'repeated', member: null }
    return agreeing.has(member) ? { found: 'found', member } : { found: 'no_consent', member: null }
  })
}

/** By id, card or phone, whichever it is. */
async function oneOf(cloud: Cloud, typed: string): Promise<'unknown' | 'several' | MemberId> {
  const byId = await findMembers(cloud, { member: typed as MemberId })
  const named = byId.length > 0 ? byId : await findMembers(cloud, { card: typed as CardNumber })
  if (named.length > 0) return named.at(-1)!
  const [first, ...others] = await findMembers(cloud, { phone: typed })
  if (first === undefined) return 'unknown'
  return others.length > 0 ? 'several' : first
}

type Test = { tenant: Cloud['tenant']; key: string; made_at: string }

async function saveMessages(tx: Tx, { tenant, key, made_at }: Test, list: readonly Entry[], giving: Giving) {
  const touches = saidBy(giving.document)
  const rows = list.flatMap(({ member }, place) => {
    if (member === null) return []
    return touches.map(({ touch, variant }) => {
      const given = givenBy(giving, { member, anchor: giving.today }, touch)
      return {
        ...{ tenant, key, place, touch: touch.id, variant, member, points: given?.points ?? null },
        ...{ last_day: given?.lastDay ?? null, said: jsonOrNull(given?.said ?? null) },
        ...{ state: given === undefined ? ('unavailable' as const) : ('waiting' as const), attempts: 0 },
        ...{ due_at: made_at, claimed_at: null, channel: null, trouble: null, made_at },
      }
    })
  })
  if (rows.length > 0) await tx.insertInto('campaign_test_message').values(rows).execute()
}

/** All touches that have words; of each variant those that it says or gives otherwise. */
function saidBy(document: CampaignDocument): { readonly touch: Touch; readonly variant: string }[] {
  const { variants = [], touches } = document
  const changed = variants.flatMap(({ key, touches: changes = {} }) =>
    triedAs(document, key)
      .touches.filter(({ id }) => Object.keys(changes[id] ?? {}).some((field) => field !== 'afterDays'))
      .map((touch) => ({ touch, variant: key })),
  )
  return [...touches.map((touch) => ({ touch, variant: '' })), ...changed].filter(({ touch }) => 'text' in touch)
}
