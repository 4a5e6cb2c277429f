import type { Browser, Page } from 'playwright-core'
import type { TillState } from '../../shared/core-api.ts'
import type { ProgrammeDocument } from '../../shared/programme/schema.ts'
import { eventually } from '../../test/e2e/rig.ts'
import { figure, type Report } from '../report.ts'
import { cardOf, nameOf } from './many-members.ts'

/** The till's window as a benchmark sees it. */

export const PAUSE_MS = 40 // a till rests between customers; back-to-back calls would measure the sync of the one before

export const benchProgramme: ProgrammeDocument = {
  schema: 'programme/1',
  id: 'bench',
  version: 1,
  name: 'Bench',
  timeZone: 'Europe/Moscow',
  currency: 'RUB',
  points: {
    names: { ru: ['балл', 'балла', 'баллов'], en: ['point', 'points'] },
    value: '1.00',
    step: '0.01',
    rounding: 'floor',
  },
  accrual: { basePercent: '5', capPercent: '100', activationDays: 0, lifeDays: 365 },
  redemption: { basePercent: '50', minPayablePerLine: '0.00', requires: ['card', 'qr'] },
  cards: { masks: [{ prefix: '21', lengths: [13], check: 'ean13' }] },
  rules: {
    client: [],
    goods: [{ id: 'coffee', when: { categories: ['coffee'] }, accrual: { multiply: '2' } }],
    behaviour: [{ id: 'evening', when: { from: '18:00', to: '22:00' }, accrual: { multiply: '1.5' } }],
    receipt: [],
  },
}

export async function windowOf(browser: Browser): Promise<Page> {
  return await eventually('the till window', async () =>
    browser
      .contexts()
      .flatMap((context) => context.pages())
      .find((each) => each.url().includes('/till.html')),
  )
}

export interface Spread {
  readonly p50: number
  readonly p95: number
  readonly p99: number
}

export function spreads(name: string, runs: readonly Spread[]): Report['figures'] {
  const shares = ['p50', 'p95', 'p99'] as const
  return Object.fromEntries(
    shares.map((share) => [
      `${name}_${share}`,
      figure(
        runs.map((run) => run[share]),
        'ms',
      ),
    ]),
  )
}

export function spread(samples: readonly number[]): Spread {
  const sorted = [...samples].sort((a, b) => a - b)
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99) }
}

export async function stateOf(page: Page): Promise<TillState | undefined> {
  const reply = await page.evaluate(() => (globalThis as never as Desktop).bonusbook.call('state', {}))
  return reply.ok ? (reply.value as TillState) : undefined
}

export interface Desktop {
  readonly bonusbook: { readonly call: (method: string, params: unknown) => Promise<{ ok: boolean; value: unknown }> }
}

/** Members far apart, each met once, so that no cache of a page or of the disk answers instead. */
export function someMembers(members: number, count: number, run: number): number[] {
  return Array.from({ length: count }, (_, i) => ((run * count + i) * 7919 * 31 + 17) % members)
}

/** Milliseconds from the scan to the frame after the one in which the member's name stood in the page. */
export async function scanned(page: Page, members: number, run: number, count: number): Promise<number[]> {
  const scans = someMembers(members, count, run).map((index) => ({ code: cardOf(index), name: nameOf(index) }))
  return await page.evaluate(
    async ({ scans, pauseMs }) => {
      const { bonusbook } = globalThis as never as Desktop
      const samples: number[] = []
      for (const { code, name } of scans) {
        await bonusbook.call('desk.clear', {})
        await new Promise((resolve) => setTimeout(resolve, pauseMs))
        const painted = new Promise<number>((resolve, reject) => {
          const late = setTimeout(() => reject(new Error(`${name} never appeared`)), 10_000)
          const look = () => {
            if (!document.body.textContent?.includes(name)) return
            observer.disconnect()
            clearTimeout(late)
            requestAnimationFrame(() => resolve(performance.now()))
          }
          const observer = new MutationObserver(look)
          observer.observe(document.body, { subtree: true, childList: true, characterData: true })
        })
        const from = performance.now()
        void bonusbook.call('scans.take', { code, source: 'serial' })
        samples.push((await painted) - from)
      }
      return samples
    },
    { scans, pauseMs: PAUSE_MS },
  )
}
