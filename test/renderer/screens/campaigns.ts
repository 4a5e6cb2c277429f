import type { CampaignRow, CampaignsReply, OneCampaign, TouchReport } from '../../../shared/campaigns/ask.ts'
import { reanimation } from '../../../shared/campaigns/preset.ts'
import { upliftOf } from '../../../shared/campaigns/uplift.ts'
import type { Scene } from './fake-desktop.ts'
import { FULL, type Screen, type Stage } from './rig.ts'

/** Campaigns as a cloud answers of them, and the way to them on the screen. */

export const AT = '2026-11-18T09:40:00.000Z'
const [one, few, many, vip] = reanimation(47)

const treated = { of: 1204, bought: 168 }
const control = { of: 131, bought: 9 }
export const ROWS: readonly CampaignRow[] = [
  row({ campaign: few!.id, name: few!.name, state: 'draft' }),
  row({
    ...{ campaign: one!.id, name: one!.name, state: 'running', began: '2026-09-01', opened: 1335, treated, control },
    ...{ uplift: upliftOf(treated, control), pointsGiven: '120400.00' },
  }),
  row({
    ...{ campaign: many!.id, name: many!.name, state: 'paused', began: '2026-11-02', opened: 31 },
    ...{ treated: { of: 28, bought: 3 }, control: { of: 3, bought: 0 }, pointsGiven: '2800.00' },
  }),
  row({
    ...{ campaign: vip!.id, state: 'stopped', began: '2026-03-02' },
    name: 'Подарок тем, кто был у нас на открытии и с тех пор ни разу не приходил: длинное название',
  }),
]

function row(given: Pick<CampaignRow, 'campaign' | 'name' | 'state'> & Partial<CampaignRow>): CampaignRow {
  const nobody = { of: 0, bought: 0 }
  const empty = { began: null, opened: 0, treated: nobody, control: nobody, uplift: 'too early to tell' as const }
  return { ...empty, pointsGiven: '0.00', largestGift: '180.00', ...given }
}

const messages = { waiting: 0, sent: 0, delivered: 0, failed: 0, uncertain: 0, expired: 0 }
const touch = (name: string, given: Partial<TouchReport>): TouchReport => ({
  ...{ touch: name, sent: 0, noConsent: 0, messages, bought: 0, conversion: null, pointsGiven: '0.00' },
  ...{ pointsSpent: '0.00', revenue: '0.00', margin: null, control: { of: 0, bought: 0 } },
  ...{ capped: 0, delayed: 0, unavailable: 0, hints: { told: 0, notNow: 0 }, ...given },
})

const CALLS = { open: 31, reached: 22, refused: 4, wrongNumber: 3, bought: 9, late: 6, dropped: 2, attempts: 41 }
const GIVEN = {
  used: 44,
  members: 31,
  money: '3100.00',
  points: '2750.00',
  cost: '5850.00',
  each: '188.71',
  most: '180.00',
}
const documents = new Map([one!, few!, many!, vip!].map((document) => [document.id, document]))

/** One campaign whose figures agree with its row. */
export function oneOf({ campaign, state, began, treated, control, uplift, opened }: CampaignRow): OneCampaign {
  const base = { campaign, document: { ...documents.get(campaign)! }, state, began, at: AT, treated, control, uplift }
  const share = (bought: number, of: number) => (of === 0 ? null : bought / of)
  const first = touch('first', {
    ...{
      sent: treated.of,
      noConsent: 88,
      bought: treated.bought,
      conversion: share(treated.bought, treated.of),
      control,
    },
    ...{ capped: 0, delayed: 17, hints: { told: 203, notNow: 41 } },
    ...{ messages: { ...messages, sent: 1101, waiting: 40, failed: 12, uncertain: 1 }, pointsGiven: '120400.00' },
    ...{ pointsSpent: '15120.00', revenue: '141288.50', margin: '52310.20' },
  })
  const second = touch('second', {
    ...{ sent: 411, bought: 31, conversion: share(31, 411), control: { of: 61, bought: 3 }, pointsGiven: '73980.00' },
    ...{ pointsSpent: '5100.00', revenue: '27840.00', margin: '9120.00', messages: { ...messages, sent: 401 } },
  })
  const isEmpty = treated.of === 0
  return {
    ...base,
    chains: isEmpty ? {} : { open: opened - 300, bought: 208, made: 60, left: 12, gone: 20 },
    touches: isEmpty
      ? ['first', 'second', 'call'].map((name) => touch(name, {}))
      : [first, { ...second, given: GIVEN }, touch('call', { sent: 77, calls: CALLS })],
    against: {
      treated: { members: treated.of, revenue: '169128.50', margin: isEmpty ? null : '61430.20' },
      control: { members: control.of, revenue: '9800.00', margin: isEmpty ? null : '3410.00' },
    },
    variants: [],
  }
}

export const FORECAST: Extract<CampaignsReply, { kind: 'forecast' }> = {
  kind: 'forecast',
  ...{ audience: 2140, gone: 811, refused: 215, control: 192, reach: 1733, today: 412 },
  ...{ pointsToday: '41200.00', pointsMost: '485240.00', variants: [] },
}

/** A cloud with these campaigns. */
export function cloudWith(rows: readonly CampaignRow[]): Record<string, CampaignsReply> {
  const ones = rows.map((each) => [`one:${each.campaign}`, { kind: 'one', ...oneOf(each) }] as const)
  return {
    list: { kind: 'list', at: AT, campaigns: [...rows] },
    ...Object.fromEntries(ones),
    forecast: FORECAST,
    settings: { kind: 'settings', cap: { touches: 2, days: 7 } },
  }
}

export async function atCampaigns(stage: Stage, scene: Scene, size = FULL, dark = false): Promise<Screen> {
  const screen = await stage.open(scene, size, dark)
  await screen.page.keyboard.press('F9')
  await screen.id('manager-campaigns').click()
  await screen.id('campaigns-open').click()
  await screen.page.keyboard.type('1234', { delay: 70 })
  await screen.page.keyboard.press('Enter')
  await screen.id('campaigns').waitFor()
  return screen
}
