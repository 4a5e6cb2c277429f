import { chmodSync, createWriteStream, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import { runCampaigns } from '../../cloud/campaigns/run.ts'
import { saveCampaign, setCampaignState } from '../../cloud/campaigns/store.ts'
import { transaction } from '../../cloud/database/transaction.ts'
import { importMembers } from '../../cloud/imports/import-members.ts'
import { importPurchases } from '../../cloud/imports/import-purchases.ts'
import { saveProfiles } from '../../cloud/members/profiles.ts'
import { sendMessages } from '../../cloud/messages/send.ts'
import { smtpGateway } from '../../cloud/messages/smtp.ts'
import { type OpenCloud, openCloud } from '../../cloud/open.ts'
import type { Child } from '../../commands/child.ts'
import { type CloudReady, startCloudProcess } from '../../commands/demo-shop.ts'
import { reanimation } from '../../shared/campaigns/preset.ts'
import type { MemberId, TenantId } from '../../shared/ids.ts'
import { type MailServer, mailServer } from './mail-server.ts'

/**
 * A campaign under fire: two services on one PostgreSQL make the touches and send the mails of so many members, and one
 * or the other is killed with -9 at moments that nobody chose, while the mail server hangs, refuses and breaks off.
 * Afterwards the database and the mail server's own log say who was told, and how often. Rules K7, K10, K11.
 */
export interface CampaignCrash {
  readonly members: number
  /** Kills while touches were made, and while mails were sent. */
  readonly kills: { readonly touching: number; readonly sending: number }
  readonly mail: MailServer['count']
  readonly states: Readonly<Record<string, number>>
  /** Members without their touch, gift or message; with two of one. */
  readonly skipped: number
  readonly twice: number
  /** Letters that the mail server took, members with more than one, and members of whom neither it nor we know. */
  readonly letters: number
  readonly lettersTwice: number
  readonly unaccounted: number
  /** Messages said to be sent that the mail server never took. */
  readonly invented: number
  readonly seconds: number
}

export interface CampaignCrashOptions {
  readonly members: number
  readonly kills: number
  /** Where PostgreSQL is; missing: an embedded one. */
  readonly databaseUrl?: string
  readonly chance?: () => number
  readonly onStep?: (what: string) => void
}

const root = resolve(import.meta.dirname, '..', '..')
const MOODS = { later: 0.01, hang: 0.0005, dropAfter: 0.002, dropBefore: 0.002 }
const MASTER_KEY = Buffer.alloc(32, 7).toString('base64')
const TENANT = 'main' as TenantId
const DAY_MS = 86_400_000
/** Claims of who was killed are given up after five minutes. */
const LATER_MS = 6 * 60_000

export async function crashCampaign(options: CampaignCrashOptions): Promise<CampaignCrash> {
  const { members, kills, chance = Math.random, onStep = () => undefined } = options
  const begun = Date.now()
  const folder = mkdtempSync(join(tmpdir(), 'bonusbook-campaign-'))
  chmodSync(folder, 0o711)
  const mail = await mailServer(join(folder, 'letters.log'), MOODS, chance)
  let ahead = 0
  const cloud = await openCloud({
    dataFolder: join(folder, 'watcher'),
    databaseUrl: options.databaseUrl,
    tenant: TENANT,
    masterKey: MASTER_KEY,
    clock: () => new Date(Date.now() + ahead),
    mail: smtpGateway(mail.url, 'cafe@example.com'),
    publicUrl: 'https://bonus.example',
    troublesTo: () => undefined, // the services fight for it
  })
  const services: (Child<CloudReady> | undefined)[] = [undefined, undefined]
  try {
    await fill(cloud, folder, members)
    onStep(`${members} members`)
    const databaseUrl = cloud.databaseUrl
    const start = async (which: number) => {
      const env = {
        DATABASE_URL: databaseUrl,
        BONUSBOOK_MASTER_KEY: MASTER_KEY,
        BONUSBOOK_SMTP_URL: mail.url,
        BONUSBOOK_MAIL_FROM: 'cafe@example.com',
        BONUSBOOK_PUBLIC_URL: 'https://bonus.example',
      }
      const data = join(folder, `service-${which}`)
      services[which] = await startCloudProcess({ root, data, port: 0, demo: false, env, onLine: () => undefined })
    }
    const killOne = async () => {
      const which = chance() < 0.5 ? 0 : 1
      await services[which]?.kill()
      await start(which)
    }
    const progress = async () => {
      const { rows } = await sql<{ touched: number; waiting: number; done: number }>`
        select (select count(*)::int from campaign_touch) as touched,
          (count(*) filter (where state = 'waiting'))::int as waiting,
          (count(*) filter (where state not in ('waiting', 'sending')))::int as done from message`.execute(cloud.db)
      return rows[0]!
    }
    await Promise.all([start(0), start(1)])
    const killed = { touching: 0, sending: 0 }
    for (let next = 0; ; ) {
      const { touched, waiting, done } = await progress()
      if (touched >= members && (waiting === 0 || done >= members * 0.98)) break
      const share = (touched + done) / (2 * members)
      // spread over the whole of it; what is small is over before the next look
      if (killed.touching + killed.sending < kills && share >= next) {
        killed[touched < members ? 'touching' : 'sending'] += 1
        await killOne()
        next = Math.max(share, (killed.touching + killed.sending) / kills)
        onStep(`killed ${killed.touching + killed.sending} of ${kills}; touched ${touched}, sent ${done}`)
      }
      await sleep(20 + chance() * 60)
    }
    await Promise.all(services.map((each) => each?.kill()))
    // what was in flight is given up, what was put off is tried again
    for (let round = 0; round < 8; round++) {
      ahead += LATER_MS * (round + 1)
      await runCampaigns(cloud)
      await sendMessages(cloud)
    }
    return {
      ...(await findings(cloud, mail, members)),
      kills: killed,
      seconds: Math.round((Date.now() - begun) / 1000),
    }
  } finally {
    await Promise.all(services.map((each) => each?.kill()))
    await cloud.close()
    await mail.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

const memberOf = (index: number) => `m${String(index).padStart(6, '0')}` as MemberId
const addressOf = (member: string) => `${member}@example.com`

/** Members with an address who bought once, 70 days ago, and a campaign that touches all of them today. */
async function fill(cloud: OpenCloud, folder: string, members: number): Promise<void> {
  await cloud.programmes.publish({
    schema: 'programme/1',
    id: 'cafe',
    version: 1,
    name: 'Café',
    timeZone: 'Europe/Moscow',
    currency: 'RUB',
    outlets: [{ id: 'A' }],
    points: { names: { ru: ['балл', 'балла', 'баллов'] }, value: '1.00', step: '0.01', rounding: 'floor' },
    accrual: { basePercent: '1', capPercent: '100', activationDays: 0, lifeDays: 365 },
    redemption: { basePercent: '100', minPayablePerLine: '0.00' },
    rules: { client: [], goods: [], behaviour: [], receipt: [] },
  })
  const ids = Array.from({ length: members }, (_, index) => memberOf(index))
  const people = join(folder, 'members.csv')
  await write(people, 'member_id\n', ids, (member) => `${member}\n`)
  await importMembers(cloud, { file: people, mapping: {}, acceptsMessages: true })
  for (let from = 0; from < ids.length; from += 2_000) {
    const some = ids.slice(from, from + 2_000)
    await transaction(cloud.db, (tx) =>
      saveProfiles(
        tx,
        cloud.tenant,
        cloud.keys,
        some.map((member) => ({ member, profile: { email: addressOf(member) } })),
      ),
    )
  }
  const day = new Date(cloud.clock().getTime() - 70 * DAY_MS).toISOString().slice(0, 10)
  const bought = join(folder, 'purchases.csv')
  const head = 'receipt_id,member_id,outlet,at,sku,name,category,qty,amount\n'
  await write(bought, head, ids, (member) => `r-${member},${member},A,${day},cake,Cake,bakery,1,900\n`)
  await importPurchases(cloud, { file: bought, mapping: {} })
  const document = { ...reanimation()[0]!, controlPercent: '0', quietHours: 'none' }
  const saved = await saveCampaign(cloud, document)
  await setCampaignState(cloud, saved.document.id, 'running')
}

async function write(file: string, head: string, ids: readonly string[], line: (member: string) => string) {
  const stream = createWriteStream(file)
  stream.write(head)
  for (let from = 0; from < ids.length; from += 5_000)
    stream.write(
      ids
        .slice(from, from + 5_000)
        .map(line)
        .join(''),
    )
  await new Promise<void>((done) => stream.end(done))
}

async function findings(cloud: OpenCloud, mail: MailServer, members: number) {
  const count = async (query: ReturnType<typeof sql<{ member: string; n: number }>>) =>
    new Map((await query.execute(cloud.db)).rows.map(({ member, n }) => [member, n]))
  const perMember = [
    await count(sql`select member, count(*)::int as n from campaign_touch where outcome = 'made' group by member`),
    await count(sql`
      select body::json->'body'->>'member' as member, count(*)::int as n from entry
      where device = 'cloud' and kind = 'gift' and body::json->'body'->>'rule' like 'campaign:%' group by 1`),
    await count(sql`select member, count(*)::int as n from message group by member`),
  ]
  const { rows: messages } = await sql<{ member: string; state: string }>`select member, state from message`.execute(
    cloud.db,
  )
  const stateOf = new Map(messages.map(({ member, state }) => [member, state]))
  const states: Record<string, number> = {}
  for (const { state } of messages) states[state] = (states[state] ?? 0) + 1
  const all = Array.from({ length: members }, (_, index) => memberOf(index))
  const lettersOf = (member: string) => mail.taken.get(addressOf(member))?.length ?? 0
  return {
    members,
    mail: { ...mail.count },
    states,
    skipped: all.filter((member) => perMember.some((counts) => (counts.get(member) ?? 0) === 0)).length,
    twice: all.filter((member) => perMember.some((counts) => (counts.get(member) ?? 0) > 1)).length,
    letters: [...mail.taken.values()].reduce((sum, ids) => sum + ids.length, 0),
    lettersTwice: all.filter((member) => lettersOf(member) > 1).length,
    unaccounted: all.filter((member) => lettersOf(member) === 0 && stateOf.get(member) !== 'uncertain').length,
    invented: all.filter((member) => stateOf.get(member) === 'sent' && lettersOf(member) === 0).length,
  }
}

/** Nobody twice, nobody left out; what may or may not have arrived is said to be uncertain and is no more than was in flight. */
export function isCleanCampaign({
  skipped,
  twice,
  lettersTwice,
  unaccounted,
  invented,
  states,
  ...rest
}: CampaignCrash) {
  const { kills, mail } = rest
  const inFlightMost = (kills.touching + kills.sending + 2) * 20 + mail.droppedAfter + mail.droppedBefore
  return (
    [skipped, twice, lettersTwice, unaccounted, invented].every((each) => each === 0) &&
    (states.uncertain ?? 0) <= inFlightMost &&
    Object.keys(states).every((state) => state === 'sent' || state === 'uncertain')
  )
}
