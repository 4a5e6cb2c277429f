import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { VariantReport } from '../../shared/campaigns/ask.ts'
import type { Start } from '../../shared/campaigns/start.ts'
import { TEST_MEMBERS_MAX, testList } from '../../shared/campaigns/test-list.ts'
import { unreachable } from '../../shared/result.ts'
import type { Cloud } from '../cloud.ts'
import { Complaint } from '../complaint.ts'
import { gatewayFrom } from '../messages/gateway.ts'
import { mailFrom } from '../messages/smtp.ts'
import { sendTests } from '../messages/tests.ts'
import { publicUrlFrom } from '../messages/unsubscribe.ts'
import type { CommandLine } from '../options.ts'
import { proposeReanimation } from './preset.ts'
import { type CampaignReport, campaignReport, type MessageCounts } from './report.ts'
import { type Campaign, type CampaignState, campaigns, saveCampaign, setCampaignState } from './store.ts'
import { sendTest, testOf } from './test-list.ts'

export const CAMPAIGN_USAGE =
  'campaign list | preset | save FILE | test ID WHOM… | start ID | pause ID | stop ID | report ID [--json]'
const STATES: Readonly<Record<string, CampaignState>> = { start: 'running', pause: 'paused', stop: 'stopped' }

/** What the owner asks of campaigns on the command line. */
export async function campaignCommand(cloud: Cloud, { rest, flags }: CommandLine): Promise<void> {
  const [verb = 'list', name, ...whom] = rest
  const told = verb === 'test' ? await tested(cloud, name, whom, flags.by) : await answer(cloud, verb, name)
  process.stdout.write(flags.json ? `${JSON.stringify(told.json)}\n` : `${told.lines.join('\n')}\n`)
}

interface Told {
  readonly json: unknown
  readonly lines: readonly string[]
}

async function answer(cloud: Cloud, verb: string, name: string | undefined): Promise<Told> {
  const state = STATES[verb]
  if (state !== undefined) return aboutOne(await setCampaignState(cloud, needed(name, 'the id of a campaign'), state))
  switch (verb) {
    case 'list': {
      const all = await campaigns(cloud)
      return { json: { campaigns: all }, lines: all.length === 0 ? ['There are no campaigns yet.'] : all.map(inWords) }
    }
    case 'preset': {
      const proposed = await proposeReanimation(cloud)
      const { averageInterval } = proposed
      const found =
        averageInterval === null
          ? 'Nobody has bought twice yet; 65 days stand in.'
          : `Between purchases: ${averageInterval} days.`
      return { json: proposed, lines: [found, ...proposed.campaigns.map(inWords)] }
    }
    case 'save':
      return aboutOne(await saveCampaign(cloud, await readDocument(needed(name, 'a file'))))
    case 'report': {
      const report = await campaignReport(cloud, needed(name, 'the id of a campaign'))
      const { uplift, variants } = report
      const lines = report.touches.map(
        ({ touch, sent, bought, pointsGiven, revenue, given, messages }) =>
          `  ${touch}: ${sent} made, ${bought} bought, ${pointsGiven} points given, revenue ${revenue}; ${
            given === undefined ? '' : `used ${given.used} times, cost ${given.cost}; `
          }${countsInWords(messages)}`,
      )
      const tried = variants.map(variantInWords)
      const effect = `  uplift: ${upliftInWords(uplift)}`
      return { json: report, lines: [`${report.campaign}, ${report.state}`, ...lines, effect, ...tried] }
    }
    default:
      throw new Complaint(`There is no "campaign ${verb}". ${CAMPAIGN_USAGE}`)
  }
}

/** Sends at once, by what the environment says of gateways; whom: cards, phones or ids of members. */
async function tested(cloud: Cloud, name: string | undefined, whom: readonly string[], by = 'admin'): Promise<Told> {
  const campaign = needed(name, 'the id of a campaign')
  const to = testList.safeParse(whom)
  if (!to.success) throw new Complaint(`Name 1 to ${TEST_MEMBERS_MAX} cards, phones or members. ${CAMPAIGN_USAGE}`)
  const { env } = process
  const speaking = { ...cloud, gateway: gatewayFrom(env), mail: mailFrom(env), publicUrl: publicUrlFrom(env) }
  const key = randomUUID()
  await sendTest(speaking, { campaign, to: to.data, key, by })
  await sendTests(speaking)
  const test = await testOf(cloud, key)
  const lines = test.list.flatMap(({ found, messages }, place) => [
    `${to.data[place]}: ${found}`,
    ...messages.map(({ touch, variant, state, trouble }) =>
      ['', touch, ...(variant === null ? [] : [variant]), state, ...(trouble === null ? [] : [trouble])].join('  '),
    ),
  ])
  return { json: test, lines }
}

const aboutOne = (campaign: Campaign): Told => ({ json: campaign, lines: [inWords(campaign)] })

const percent = (share: number) => `${(share * 100).toFixed(1)} %`

const upliftInWords = (uplift: CampaignReport['uplift']): string =>
  typeof uplift === 'string'
    ? uplift
    : `${percent(uplift.estimate)} (${percent(uplift.low)} to ${percent(uplift.high)})`

function variantInWords({ variant, treated: { of, bought }, difference, ...figures }: VariantReport): string {
  const share = of === 0 ? '' : `, ${percent(bought / of)}`
  const told = `  variant ${variant}: ${of} touched, ${bought} bought${share}, ${figures.pointsGiven} points given`
  return difference === null ? told : `${told}; beside the first: ${upliftInWords(difference)}`
}

const countsInWords = ({ sent, delivered, waiting, failed, uncertain, expired }: MessageCounts) =>
  `messages: ${sent} sent${delivered > 0 ? ` (${delivered} seen to arrive in a wallet)` : ''}, ${waiting} waiting, ${failed} failed, ${uncertain} uncertain, ${expired} too late`

function inWords({ document: { id, name, start, touches }, state, began }: Campaign): string {
  const since = began === null ? '' : ` since ${began}`
  return `${id.padEnd(24)} ${state}${since}: ${name}, ${startInWords(start)}, ${touches.length} touches`
}

function startInWords(start: Start): string {
  switch (start.kind) {
    case 'daysWithoutPurchase':
      return `after ${start.days} days`
    case 'segmentEntered':
      return `${start.days} days after coming into ${start.segment}`
    case 'segmentLeft':
      return `${start.days} days after leaving ${start.segment}`
    case 'birthday':
      return `${start.days} days ${start.when} the birthday`
    case 'nameDay':
      return `${start.days} days ${start.when} ${start.date}, for ${start.names.join(', ')}`
    case 'pointsBurn':
      return `${start.days} days before ${start.atLeast} points or more end`
    case 'secondPurchaseNotMade':
      return `${start.days} days after a first purchase without a second`
    case 'afterEnrolment':
      return `${start.days} days after enrolment`
    case 'stampAlmostFull':
      return `${start.short} stamps short of ${start.stamp}`
    case 'checkpointMissed':
      return `${start.days} days after a missed checkpoint ${start.checkpoint}`
    default:
      return unreachable(start)
  }
}

function needed(text: string | undefined, what: string): string {
  if (text === undefined) throw new Complaint(`Name ${what}. ${CAMPAIGN_USAGE}`)
  return text
}

async function readDocument(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8'))
  } catch (error) {
    throw new Complaint(`${file} cannot be read as JSON: ${(error as Error).message}`)
  }
}
