import { instantOf } from '../../shared/calendar.ts'
import { isQuiet, USUAL_QUIET_HOURS } from '../../shared/campaigns/quiet.ts'
import { programmeName, programmeZone } from '../../shared/intake/intake.ts'
import type { Profile } from '../../shared/ledger/entry.ts'
import { unreachable } from '../../shared/result.ts'
import { type Campaign, campaigns } from '../campaigns/store.ts'
import { instant } from '../clock.ts'
import type { Cloud } from '../cloud.ts'
import { programmeDay } from '../feed/rows.ts'
import { intakeOf, ledgerReads } from '../ledger/postgres-store.ts'
import { readProfiles } from '../members/profiles.ts'
import { surveyLink, surveyTrouble } from '../surveys/link.ts'
import { walletLink } from '../wallet/link.ts'
import { isWalletSet, membersInWallet, sayInWallet } from '../wallet/message.ts'
import type { Gateway, Outcome, OutgoingMessage } from './gateway.ts'
import { type Claimed, type Closing, claim, close, closeOld, noteGiven } from './store.ts'
import { unsubscribeLink } from './unsubscribe.ts'
import { textOf } from './words.ts'

/**
 * Sends the messages that are due. Any number of instances may do it at once: each message is claimed before it is sent,
 * and what was claimed is sent again only where the gateway certainly did not take it. Rules K10 to K14.
 */
const AT_ONCE_MAX = 20

/** After each attempt that a gateway put off; then the last one again, until the message is too late. */
const PAUSES_S = [60, 300, 900, 3_600, 7_200]

/** One round: everything that may be sent now. The answer is how many were taken. */
export async function sendMessages(cloud: Cloud, isOver: () => boolean = () => false): Promise<number> {
  await closeOld(cloud, await programmeDay(cloud, cloud.db))
  if (cloud.gateway === undefined && mailOf(cloud) === undefined && !(await isWalletSet(cloud))) return 0
  let taken = 0
  while (!isOver()) {
    const speaking = await speakingNow(cloud)
    const claimed = speaking.size === 0 ? [] : await claim(cloud, [...speaking.keys()], AT_ONCE_MAX)
    const states = await sendAll(cloud, speaking, claimed)
    taken += states.filter((state) => state === 'sent').length
    // a gateway that puts all of them off is left alone until the next round
    if (claimed.length < AT_ONCE_MAX || states.every((state) => state === 'waiting')) break
  }
  return taken
}

/** Campaigns that run and whose quiet hours it is not. Rule K12. */
async function speakingNow(cloud: Cloud): Promise<Map<string, Campaign>> {
  const zone = await programmeZone(intakeOf(cloud), ledgerReads(cloud, cloud.db))
  const now = instantOf(instant(cloud.clock))
  const speaking = (await campaigns(cloud)).filter(
    ({ document, state }) => state === 'running' && !isQuiet(document.quietHours ?? USUAL_QUIET_HOURS, zone, now),
  )
  return new Map(speaking.map((campaign) => [campaign.document.id, campaign]))
}

async function sendAll(
  cloud: Cloud,
  speaking: ReadonlyMap<string, Campaign>,
  claimed: readonly Claimed[],
): Promise<Closing['state'][]> {
  const members = claimed.map(({ member }) => member)
  const profiles = await readProfiles(cloud.db, cloud.tenant, cloud.keys, members)
  const agreeing = await takingMessages(cloud, members)
  const inWallet = await membersInWallet(cloud, members)
  return Promise.all(
    claimed.map(async (message) => {
      const { member, campaign } = message
      const closing = agreeing.has(member)
        ? await sendOne(cloud, message, speaking.get(campaign)!, profiles.get(member), inWallet.has(member))
        : failed('consent was withdrawn')
      await close(cloud, message, closing)
      return closing.state
    }),
  )
}

/** Rule K13. */
export async function takingMessages({ db, tenant }: Cloud, members: readonly string[]): Promise<Set<string>> {
  if (members.length === 0) return new Set()
  const rows = await db
    .selectFrom('consent')
    .select('member')
    .where('tenant', '=', tenant)
    .where('member', 'in', members)
    .where('messages', '=', true)
    .execute()
  return new Set(rows.map(({ member }) => member))
}

async function sendOne(
  cloud: Cloud,
  message: Claimed,
  { document }: Campaign,
  profile: Profile | undefined,
  isInWallet: boolean,
): Promise<Closing> {
  const { member } = message
  const links = {
    walletLink: walletLink(cloud, member),
    surveyLink: (survey: string) => surveyLink(cloud, survey, member),
  }
  const text = textOf(document, message, profile, links)
  if (text === undefined) return failed('the campaign has no words for it')
  const touch = document.touches.find(({ id }) => id === message.touch)
  const trouble = touch?.do === 'survey' ? await surveyTrouble(cloud, touch.survey, member) : undefined
  if (trouble !== undefined) return failed(trouble)
  if (isInWallet && (await sayInWallet(cloud, message))) return { state: 'sent', channel: 'wallet', trouble: null }
  const route = await routeOf(cloud, message, profile, text)
  if (route === undefined) return failed('no address')
  return closingOf(
    cloud,
    message,
    route.channel,
    await route.gateway.send(route.outgoing, () => noteGiven(cloud, message)),
  )
}

/** What a letter is called after. */
type Named = Pick<Claimed, 'campaign' | 'member' | 'anchor' | 'touch'>

interface Route {
  readonly channel: 'mail' | 'sms'
  readonly gateway: Gateway
  readonly outgoing: OutgoingMessage
}

/** Mail needs a way out of it: without an address of our own none is sent. */
export const mailOf = ({ mail, publicUrl }: Cloud) => (publicUrl === undefined ? undefined : mail)

const wayOut = {
  ru: (link: string) => `Отказаться от сообщений: ${link}`,
  en: (link: string) => `Unsubscribe: ${link}`,
}

/** By mail where there is an address and mail is set up, for it costs nothing; by text else. Who has a pass comes not here. */
export async function routeOf(
  cloud: Cloud,
  message: Named,
  profile: Profile = {},
  text: string,
): Promise<Route | undefined> {
  const { member } = message
  const { email, phone, language = 'ru' } = profile
  const [mail, unsubscribe] = [mailOf(cloud), unsubscribeLink(cloud, member)]
  if (mail !== undefined && unsubscribe !== undefined && email !== undefined) {
    const subject = await programmeName(intakeOf(cloud), ledgerReads(cloud, cloud.db))
    const id = letterName(cloud, message)
    const outgoing = { to: email, id, subject, text: `${text}\n\n${wayOut[language](unsubscribe)}\n`, unsubscribe }
    return { channel: 'mail', gateway: mail, outgoing }
  }
  if (cloud.gateway === undefined || phone === undefined) return undefined
  return { channel: 'sms', gateway: cloud.gateway, outgoing: { to: phone, text } }
}

/** Follows from what the letter is about, and tells nothing of it. Rule K18. */
const letterName = ({ keys, tenant }: Cloud, { campaign, member, anchor, touch }: Named): string =>
  keys.mark(['letter', tenant, campaign, member, anchor, touch].join('\n'))

/** What an answer of a gateway means for the message: only what it certainly did not take waits for another try. */
export function closingOf(
  cloud: Cloud,
  { attempts }: Pick<Claimed, 'attempts'>,
  channel: Route['channel'],
  outcome: Outcome,
): Closing {
  switch (outcome.outcome) {
    case 'taken':
      return { state: 'sent', channel, trouble: null }
    case 'refused':
      return { state: 'failed', channel, trouble: outcome.trouble }
    case 'unknown':
      return { state: 'uncertain', channel, trouble: outcome.trouble }
    case 'later': {
      const pause = PAUSES_S[Math.min(attempts, PAUSES_S.length) - 1]!
      const dueAt = new Date(cloud.clock().getTime() + pause * 1000).toISOString()
      return { state: 'waiting', channel, trouble: outcome.trouble, dueAt }
    }
    default:
      return unreachable(outcome)
  }
}

const failed = (trouble: string): Closing => ({ state: 'failed', channel: null, trouble })
