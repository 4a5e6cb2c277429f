import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { startTillProcess } from '../commands/demo-shop.ts'
import { canonical, sha256Hex } from '../shared/ledger/chain.ts'
import { eventually } from '../test/e2e/rig.ts'
import { figure, type Report } from './report.ts'
import { cardOf, manyMembers } from './till-cloud/many-members.ts'
import { type ProcessorMs, tillProcessorMs } from './till-cloud/till-processes.ts'
import { benchProgramme, type Spread, someMembers, spread, spreads } from './till-cloud/window.ts'

/**
 * The POS API of the built till as twenty registers feel it that never pause: each quotes and commits one receipt after
 * the other over HTTP. `--members 1000000` for a large chain, `--clients N`, `--receipts N` of each.
 */
const RUNS = 3
const RECEIPTS_EACH = 25
const FILL_PATIENCE_MS = 30 * 60_000

export default async function pos(args: readonly string[]): Promise<Report> {
  const option = (name: string, otherwise: number) => Number(args[args.indexOf(name) + 1 || args.length] ?? otherwise)
  const [members, clients] = [option('--members', 100_000), option('--clients', 20)]
  const receiptsEach = option('--receipts', RECEIPTS_EACH)
  const root = resolve(import.meta.dirname, '..')
  const folder = mkdtempSync(join(tmpdir(), 'bonusbook-bench-'))
  const row = { id: 'bench', version: 1, hash: sha256Hex(canonical(benchProgramme)), document: benchProgramme }
  const cloud = await manyMembers(members, row)
  const child = await startTillProcess({
    root,
    profile: join(folder, 'till'),
    cloud: cloud.address,
    enrolCode: 'BENCH-BENCH',
    posPort: 0,
    headless: true,
    onLine: () => {},
  })
  const { posApi, token } = child.ready.till
  async function ask(method: string, path: string, body?: unknown, key?: string) {
    const response = await fetch(`${posApi}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        ...(key === undefined ? {} : { 'idempotency-key': key }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const answer = (await response.json()) as { id: string; phase?: string; link?: { progress: unknown } }
    if (!response.ok) throw new Error(`${method} ${path}: ${JSON.stringify(answer)}`)
    return answer
  }
  try {
    await eventually(
      'everybody to be cached',
      async () => {
        const state = await ask('GET', '/state')
        const isFull = cloud.filled() >= members && state.phase === 'ready' && state.link?.progress === null
        return isFull ? true : undefined
      },
      FILL_PATIENCE_MS,
    )
    process.stderr.write(`${members} members cached\n`)
    const [quotes, commits, rates, costs] = [[], [], [], []] as [Spread[], Spread[], number[], ProcessorMs[]]
    for (let run = 0; run < RUNS; run++) {
      const [quoteTimes, commitTimes] = [[], []] as [number[], number[]]
      const cards = someMembers(members, clients * receiptsEach, run + 1).map(cardOf)
      const before = tillProcessorMs(child.process.pid!)
      const from = performance.now()
      await Promise.all(
        Array.from({ length: clients }, async (_, client) => {
          for (let i = 0; i < receiptsEach; i++) {
            const id = `${run}-${client}-${i}`
            const lines = [1, 2, 3].map((line) => ({ id: String(line), category: 'coffee', amount: '120.00' }))
            const asked = performance.now()
            const quote = await ask('POST', '/quotes', {
              card: cards[client * receiptsEach + i],
              receipt: { id, lines },
            })
            const quoted = performance.now()
            await ask('POST', `/quotes/${quote.id}/commit`, {}, id)
            quoteTimes.push(quoted - asked)
            commitTimes.push(performance.now() - quoted)
          }
        }),
      )
      rates.push((clients * receiptsEach) / ((performance.now() - from) / 1000))
      const after = tillProcessorMs(child.process.pid!)
      costs.push({
        main: (after.main - before.main) / (clients * receiptsEach),
        pages: (after.pages - before.pages) / (clients * receiptsEach),
        browser: (after.browser - before.browser) / (clients * receiptsEach),
      })
      quotes.push(spread(quoteTimes))
      commits.push(spread(commitTimes))
    }
    return {
      name: 'pos',
      runs: RUNS,
      figures: {
        members: figure([members], 'members'),
        clients: figure([clients], 'clients'),
        ...spreads('quote', quotes),
        ...spreads('commit', commits),
        receipts: figure(rates, 'receipts/s'),
        ...Object.fromEntries(
          (['main', 'pages', 'browser'] as const).map((part) => [
            `processor_${part}`,
            figure(
              costs.map((cost) => cost[part]),
              'ms/receipt',
            ),
          ]),
        ),
      },
      ratios: {},
    }
  } finally {
    await child.stop()
    await cloud.close()
    rmSync(folder, { recursive: true, force: true })
  }
}
