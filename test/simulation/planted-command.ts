import { spawn } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readOptions } from '../../commands/read-options.ts'
import type { Roughness } from './faults.ts'
import { EXIT_NOT_PLANTED, PLANTED, type Planted } from './planted.ts'

/**
 * `npm run -s planted [-- --only PART] [--seeds N] [--ops N]`: each planted mistake under the seed that is known to catch
 * it, then under N others, until the simulation reports a broken promise. Prints what caught it; exit 1 where one survives
 * or could not be planted. A seed that breaks a promise without any mistake catches nothing.
 */
const FIRST_SEED = 1
const OPS = 1_000
/** A run that is not over by then never will be. */
const HANGS_AFTER_MS = 15 * 60_000

interface Seen {
  readonly seed: number
  readonly broken: string | null
}

interface Ended {
  readonly seen: readonly Seen[]
  /** Why there is no answer about the seed after the last one that was seen. */
  readonly problem: string | null
}

interface Way {
  readonly ops: number
  readonly neighbours: boolean
  readonly rough: Roughness | undefined
}

function run({ ops, neighbours, rough }: Way, seeds: readonly number[], planted?: string): Promise<Ended> {
  const script = join(import.meta.dirname, 'planted-run.ts')
  const planting = ['--import', join(import.meta.dirname, 'planting.ts')]
  const args = [
    '--always-sparkplug',
    ...planting,
    script,
    String(ops),
    rough ?? 'nothing',
    neighbours ? 'neighbours' : 'alone',
    ...seeds.map(String),
  ]
  const compiled = { NODE_COMPILE_CACHE: join(tmpdir(), 'bonusbook-planted') }
  const env = { ...process.env, ...compiled, ...(planted === undefined ? {} : { BONUSBOOK_PLANTED: planted }) }
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe'] })
  const patience = setTimeout(() => child.kill('SIGKILL'), HANGS_AFTER_MS)
  let [told, said] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    told += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })
  return new Promise((resolve) => {
    child.on('close', (code, signal) => {
      clearTimeout(patience)
      const seen = told.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as Seen]))
      if (code === EXIT_NOT_PLANTED) resolve({ seen: [], problem: `NOT PLANTED ${said.trim()}` })
      else if (signal !== null) resolve({ seen, problem: 'it never came to an end' })
      else resolve({ seen, problem: code === 0 ? null : `fell over: ${said.trim().split('\n')[0] ?? ''}` })
    })
  })
}

/** Seeds that keep every promise when nothing is planted, at so many operations. */
const clean = new Map<string, Promise<boolean>>()

function isClean(way: Way, seed: number): Promise<boolean> {
  const name = `${seed}/${way.ops}/${way.neighbours}/${way.rough}`
  const known =
    clean.get(name) ?? run(way, [seed]).then(({ seen, problem }) => problem === null && seen[0]?.broken === null)
  clean.set(name, known)
  return known
}

interface Verdict {
  readonly isCaught: boolean
  readonly what: string
}

async function verdictOn(
  { name, seed: known, ops: own, neighbours, rough }: Planted,
  seeds: number,
  ops: number,
): Promise<Verdict> {
  const others = Array.from({ length: seeds }, (_, index) => FIRST_SEED + index)
  for (const [list, count] of [
    [[known], own ?? ops],
    [others, ops],
  ] as const) {
    for (let left: readonly number[] = list; left.length > 0; ) {
      const way = { ops: count, neighbours: neighbours === true, rough }
      const { seen, problem } = await run(way, left, name)
      if (problem?.startsWith('NOT PLANTED')) return { isCaught: false, what: problem }
      const last = seen.at(-1)
      const at = last !== undefined && last.broken !== null ? last : { seed: left[seen.length], broken: problem }
      if (at.seed === undefined || at.broken === null) break
      if (await isClean(way, at.seed)) return { isCaught: true, what: `seed ${at.seed}: ${at.broken}` }
      left = left.slice(left.indexOf(at.seed) + 1)
    }
  }
  return { isCaught: false, what: 'SURVIVED' }
}

const USAGE = 'usage: npm run planted [-- --only PART --seeds N --ops N]'

async function main(): Promise<number> {
  const options = { only: { type: 'string' }, seeds: { type: 'string' }, ops: { type: 'string' } } as const
  const { values } = readOptions({ options }, USAGE)
  const [seeds, ops] = [Number(values.seeds ?? '10'), Number(values.ops ?? OPS)]
  if (![seeds, ops].every((each) => Number.isSafeInteger(each) && each > 0)) {
    process.stderr.write(`whole numbers from 1 are allowed for --seeds and --ops\n\n${USAGE}\n`)
    return 2
  }
  const chosen = PLANTED.filter(({ name }) => name.includes(values.only ?? ''))
  if (chosen.length === 0) {
    process.stderr.write(
      `--only: found ${JSON.stringify(values.only)}; a part of the name of a planted mistake is allowed\n`,
    )
    return 2
  }
  let caught = 0
  for (const mistake of chosen) {
    const began = performance.now()
    const { isCaught, what } = await verdictOn(mistake, seeds, ops)
    if (isCaught) caught += 1
    const seconds = ((performance.now() - began) / 1000).toFixed(1)
    process.stdout.write(`${mistake.name.padEnd(64)} ${seconds.padStart(6)} s  ${what}\n`)
  }
  process.stdout.write(`${caught} of ${chosen.length} caught\n`)
  return caught === chosen.length ? 0 : 1
}

process.exitCode = await main()
