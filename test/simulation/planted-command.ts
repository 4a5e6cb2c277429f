import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { EXIT_NOT_PLANTED, PLANTED } from './planted.ts'

/**
 * `npm run -s planted [-- --only PART] [--seeds N] [--ops N]`: each planted mistake under one seed after another, until the
 * simulation reports a broken promise. Prints what caught it; exit 1 where one survives or could not be planted.
 */
const FIRST_SEED = 1

interface Ended {
  readonly code: number | null
  readonly broken: readonly string[]
  readonly said: string
}

function simulation(seed: number, ops: number, planted?: string): Promise<Ended> {
  const planting = ['--import', join(import.meta.dirname, 'planting.ts')]
  const script = join(import.meta.dirname, 'command.ts')
  const args = [...planting, script, '--seed', String(seed), '--ops', String(ops)]
  const env = { ...process.env, ...(planted === undefined ? {} : { BONUSBOOK_PLANTED: planted }) }
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })
  return new Promise((resolve) => {
    child.on('close', (code) => {
      const lines = said.split('\n')
      const broken = lines.filter((line) => line.startsWith('broken: '))
      resolve({ code, broken, said })
    })
  })
}

/** Seeds that run to their end and keep every promise when nothing is planted. */
const clean = new Map<number, Promise<boolean>>()

function isClean(seed: number, ops: number): Promise<boolean> {
  const known = clean.get(seed)
  if (known !== undefined) return known
  const found = simulation(seed, ops).then((ended) => whatItSays(ended) === undefined)
  clean.set(seed, found)
  return found
}

/** The first broken promise, or what it fell over; undefined where all is well. */
function whatItSays({ code, broken, said }: Ended): string | undefined {
  const [first] = broken
  if (first !== undefined) return first.replace('broken: ', '').replace(/; again with.*/, '')
  if (code === 0 || (code === 1 && said.includes('broken: '))) return undefined
  return `fell over: ${said.trim().split('\n')[0] ?? ''}`
}

async function main(): Promise<number> {
  const options = { only: { type: 'string' }, seeds: { type: 'string' }, ops: { type: 'string' } } as const
  const { values } = parseArgs({ options })
  const [seeds, ops] = [Number(values.seeds ?? '20'), Number(values.ops ?? '2000')]
  const chosen = PLANTED.filter(({ name }) => name.includes(values.only ?? ''))
  let survived = 0
  for (const { name, seed: known } of chosen) {
    const began = performance.now()
    let caught: string | undefined
    const others = Array.from({ length: seeds - 1 }, (_, index) => FIRST_SEED + index)
    for (const seed of [known, ...others]) {
      if (caught !== undefined) break
      const ended = await simulation(seed, ops, name)
      const says = whatItSays(ended)
      if (ended.code === EXIT_NOT_PLANTED) caught = `NOT PLANTED ${ended.said.trim()}`
      else if (says !== undefined && (await isClean(seed, ops))) caught = `seed ${seed}: ${says}`
    }
    const isCaught = caught !== undefined && !caught.startsWith('NOT PLANTED')
    if (!isCaught) survived += 1
    const seconds = ((performance.now() - began) / 1000).toFixed(1)
    process.stdout.write(`${name.padEnd(64)} ${seconds.padStart(6)} s  ${caught ?? 'SURVIVED'}\n`)
  }
  process.stdout.write(`${chosen.length - survived} of ${chosen.length} caught\n`)
  return survived === 0 ? 0 : 1
}

process.exitCode = await main()
