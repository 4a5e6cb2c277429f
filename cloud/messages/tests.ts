import { sql } from 'kysely'
import { campaignDocument } from '../../shared/campaigns/document.ts'
import type { Said } from '../../shared/campaigns/text.ts'
import type { MemberId } from '../../shared/ids.ts'
import type { Profile } from '../../shared/ledger/entry.ts'
import { instant } from '../clock.ts'
import type { Cloud } from '../cloud.ts'
import { readProfiles } from '../members/profiles.ts'
import { walletLink } from '../wallet/link.ts'
import { closingOf, mailOf, routeOf, takingMessages } from './send.ts'
import { CLAIMED_MS, type Closing } from './store.ts'
import { textOf } from './words.ts'

/** Sends the messages of tests: at any hour, each claimed before it is sent, as those of chains are. Rules K95 to K97. */
const AT_ONCE_MAX = 20
/** Nobody waits for a test any longer. */
const GIVEN_UP_MS = 3_600_000
const KEPT_DAYS = 30

const marks = {
  ru: (variant: string) => (variant === '' ? 'Проверка: ' : `Проверка, вариант ${variant.toUpperCase()}: `),
  en: (variant: string) => (variant === '' ? 'Test: ' : `Test, variant ${variant.toUpperCase()}: `),
}

interface Claimed {
  readonly key: string
  readonly place: number
  readonly touch: string
  readonly variant: string
  readonly member: MemberId
  readonly points: bigint | null
  readonly giftUntil: string | null
  readonly said: Said | null
  readonly attempts: number
  readonly document: unknown
}

/** Everything that waits now. The answer is how many were taken. */
export async function sendTests(cloud: Cloud, isOver: () => boolean = () => false): Promise<number> {
  await closeOld(cloud)
  if (cloud.gateway === undefined && mailOf(cloud) === undefined) return 0
  let taken = 0
  while (!isOver()) {
    const claimed = await claim(cloud)
    const members = claimed.map(({ member }) => member)
    const profiles = await readProfiles(cloud.db, cloud.tenant, cloud.keys, members)
    const agreeing = await takingMessages(cloud, members)
    const states = await Promise.all(
      claimed.map(async (message) => {
        const closing = agreeing.has(message.member)
          ? await sendOne(cloud, message, profiles.get(message.member))
          : failed('consent was withdrawn')
        await close(cloud, message, closing)
        return closing.state
      }),
    )
    taken += states.filter((state) => state === 'sent').length
    if (claimed.length < AT_ONCE_MAX || states.every((state) => state === 'waiting')) break
  }
  return taken
}

async function sendOne(cloud: Cloud, message: Claimed, profile: Profile = {}): Promise<Closing> {
  const { key, place, variant, member, touch } = message
  const document = campaignDocument.parse(message.document)
  const links = { walletLink: walletLink(cloud, member) }
  const text = textOf(document, { ...message, variant: variant === '' ? null : variant }, profile, links)
  if (text === undefined) return failed('the campaign has no words for it')
  const mark = marks[profile.language ?? 'ru'](variant)
  // a letter of its own for each press, entry and variant
  const letter = { campaign: `test ${key}`, member, anchor: String(place), touch: `${touch} ${variant}` }
  const route = await routeOf(cloud, letter, profile, `${mark}${text}`)
  if (route === undefined) return failed('no address')
  const { channel, gateway, outgoing } = route
  const subject = outgoing.subject === undefined ? {} : { subject: `${mark}${outgoing.subject}` }
  return closingOf(cloud, message, channel, await gateway.send({ ...outgoing, ...subject }))
}

const failed = (trouble: string): Closing => ({ state: 'failed', channel: null, trouble })

async function claim({ db, tenant, clock }: Cloud): Promise<Claimed[]> {
  const now = instant(clock)
  const { rows } = await sql<Claimed>`
    with due as materialized (
      select w.key, w.place, w.touch, w.variant from campaign_test_message w
      where w.tenant = ${tenant} and w.state = 'waiting' and w.due_at <= ${now}
      order by w.due_at, w.key, w.place limit ${AT_ONCE_MAX} for update skip locked)
    update campaign_test_message d set state = 'sending', claimed_at = ${now}, attempts = d.attempts + 1
    from campaign_test c
    where d.tenant = ${tenant} and c.tenant = ${tenant} and c.key = d.key
      and (d.key, d.place, d.touch, d.variant) in (select * from due)
    returning d.key, d.place, d.touch, d.variant, d.member, d.points, d.last_day as "giftUntil", d.said, d.attempts,
      c.document`.execute(db)
  return rows
}

async function close({ db, tenant, clock }: Cloud, message: Claimed, closing: Closing): Promise<void> {
  const { key, place, touch, variant } = message
  const { state, channel, trouble, dueAt } = closing
  await sql`
    update campaign_test_message set state = ${state}, channel = ${channel}, trouble = ${trouble},
      due_at = ${dueAt ?? instant(clock)}, claimed_at = null
    where tenant = ${tenant} and key = ${key} and place = ${place} and touch = ${touch} and variant = ${variant}
      and state in ('sending', 'uncertain')`.execute(db)
}

/** What was in flight when its instance ended, what nobody waits for any more, and tests of long ago. */
async function closeOld({ db, tenant, clock }: Cloud): Promise<void> {
  const now = clock().getTime()
  const before = (milliseconds: number) => new Date(now - milliseconds).toISOString()
  await sql`
    update campaign_test_message set state = 'uncertain', trouble = 'the service ended while it was sent'
    where tenant = ${tenant} and state = 'sending' and claimed_at < ${before(CLAIMED_MS)}`.execute(db)
  await sql`
    update campaign_test_message set state = 'failed', trouble = coalesce(trouble, 'given up after an hour')
    where tenant = ${tenant} and state = 'waiting' and made_at < ${before(GIVEN_UP_MS)}`.execute(db)
  const long = before(KEPT_DAYS * 86_400_000)
  await sql`delete from campaign_test_message where tenant = ${tenant} and made_at < ${long}`.execute(db)
  await sql`delete from campaign_test where tenant = ${tenant} and made_at < ${long}`.execute(db)
}
