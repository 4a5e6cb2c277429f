import type { Page } from 'playwright-core'
import { Shop, type Till } from '../test/e2e/rig.ts'
import { figure, type Report } from './report.ts'

/**
 * What a cashier's screen feels of a backlog: the built till on a real Chromium books so many receipts while its cloud
 * is stopped, then the cloud comes back and everything goes. Frames of the till's window are counted meanwhile, and
 * before that while nothing goes on at all. `--receipts 10000`.
 */

const RECEIPTS = 10_000
const REGISTERS = 8
const IDLE_MS = 10_000
const PATIENCE_MS = 30 * 60_000
/** At 60 frames a second; one that comes half a frame late has not been dropped. */
const FRAME_MS = 1_000 / 60

export default async function drain(args: readonly string[]): Promise<Report> {
  const receipts = Number(args[args.indexOf('--receipts') + 1 || args.length] ?? RECEIPTS)
  const shop = await Shop.open()
  try {
    const till = await shop.addTill()
    await till.until('the till to be ready', (state) => state.phase === 'ready' && state.link.online, PATIENCE_MS)
    const idle = await framesWhile(till.page, () => new Promise((over) => setTimeout(over, IDLE_MS)))
    const { cards } = shop
    await shop.stopCloud()
    await booked(till, cards, receipts)
    let [from, to] = [0, 0]
    const draining = await framesWhile(till.page, async () => {
      await shop.startCloud()
      from = performance.now()
      await till.until('everything to be sent', ({ link }) => link.online && link.unsent === 0, PATIENCE_MS)
      to = performance.now()
    })
    return {
      name: 'drain',
      runs: 1,
      figures: {
        receipts: figure([receipts], 'receipts'),
        drained_from_the_clouds_start: figure([(to - from) / 1_000], 's'),
        progress_shown: figure([draining.said], 'words'),
        ...figuresOf('idle', idle),
        ...figuresOf('draining', draining),
      },
      ratios: {},
    }
  } finally {
    await shop.close()
  }
}

/** Receipts of members and strangers, by so many registers at once. */
async function booked(till: Till, cards: readonly string[], receipts: number): Promise<void> {
  let next = 0
  const register = async () => {
    while (next < receipts) {
      const n = next++
      const card = cards[n % (cards.length + 1)]
      const lines = [1, 2, 3].map((line) => ({ id: String(line), category: 'bakery', amount: '120.00' }))
      const quote = await till.pos('POST', '/quotes', { card, receipt: { id: `drain-${n}`, lines } })
      if (quote.status !== 200 && quote.status !== 201) {
        // a blocked card among the demo's: the receipt is a stranger's
        const stranger = await till.pos('POST', '/quotes', { receipt: { id: `drain-${n}`, lines } })
        await commit(till, stranger.body.id, n)
      } else await commit(till, quote.body.id, n)
      if (n % 500 === 0) process.stderr.write(`\r${n} of ${receipts} receipts `)
    }
  }
  await Promise.all(Array.from({ length: REGISTERS }, register))
  process.stderr.write(`\r${receipts} receipts wait to be sent\n`)
}

async function commit(till: Till, quote: string, n: number): Promise<void> {
  const reply = await till.pos('POST', `/quotes/${quote}/commit`, {}, { 'idempotency-key': `drain-${n}` })
  if (reply.status !== 200) throw new Error(`a receipt was refused: ${JSON.stringify(reply.body)}`)
}

interface Frames {
  /** Milliseconds between one frame and the next. */
  readonly gaps: readonly number[]
  /** Tasks of the window's own thread above 50 ms. */
  readonly longTasks: readonly number[]
  /** How many different words about the link were on the screen. */
  readonly said: number
}

/** Counts frames of the till's window as long as something goes on. */
async function framesWhile(page: Page, work: () => Promise<unknown>): Promise<Frames> {
  await page.evaluate(() => {
    const seen = { gaps: [] as number[], longTasks: [] as number[], words: new Set<string>(), over: false }
    Object.assign(globalThis, { seen })
    let last = performance.now()
    const frame = (now: number) => {
      seen.gaps.push(now - last)
      last = now
      seen.words.add(document.querySelector('[data-testid="connection"]')?.textContent ?? '')
      if (!seen.over) requestAnimationFrame(frame)
    }
    requestAnimationFrame(frame)
    new PerformanceObserver((list) => seen.longTasks.push(...list.getEntries().map((task) => task.duration))).observe({
      type: 'longtask',
    })
  })
  await work()
  return await page.evaluate(() => {
    const { seen } = globalThis as never as {
      seen: { gaps: number[]; longTasks: number[]; words: Set<string>; over: boolean }
    }
    seen.over = true
    return { gaps: seen.gaps, longTasks: seen.longTasks, said: seen.words.size }
  })
}

function figuresOf(name: string, { gaps, longTasks }: Frames): Report['figures'] {
  const dropped = gaps.reduce((sum, gap) => sum + Math.max(0, Math.round(gap / FRAME_MS) - 1), 0)
  return {
    [`${name}_frames`]: figure([gaps.length], 'frames'),
    [`${name}_dropped`]: figure([dropped], 'frames'),
    [`${name}_longest`]: figure([Math.max(0, ...gaps)], 'ms'),
    [`${name}_tasks_above_50_ms`]: figure([longTasks.length], 'tasks'),
    [`${name}_longest_task`]: figure([Math.max(0, ...longTasks)], 'ms'),
  }
}
