import { existsSync, readdirSync } from 'node:fs'
import { type Report, reportText } from './report.ts'

/**
 * `bench NAME [--json]`: runs the benchmark in the file of that name beside this one. Its default export measures and
 * answers with a report; what it has to say meanwhile goes to stderr.
 */
const HELPERS = ['index.ts', 'report.ts']

async function main(args: readonly string[]): Promise<number> {
  const name = args.find((arg) => !arg.startsWith('--'))
  const names = readdirSync(import.meta.dirname)
    .filter((file) => file.endsWith('.ts') && !HELPERS.includes(file))
    .map((file) => file.slice(0, -'.ts'.length))
  const file = new URL(`${name}.ts`, import.meta.url)
  if (name === undefined || !names.includes(name) || !existsSync(file)) {
    process.stderr.write(`usage: bench NAME [--json]; NAME is one of ${names.join(', ')}\n`)
    return 2
  }
  const { default: measure } = (await import(file.href)) as { default: (args: readonly string[]) => Promise<Report> }
  const report = await measure(args)
  process.stdout.write(`${args.includes('--json') ? JSON.stringify(report) : reportText(report)}\n`)
  return 0
}

process.exitCode = await main(process.argv.slice(2))
