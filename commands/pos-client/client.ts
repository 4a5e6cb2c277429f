import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { clientText, type OpenApi } from './typescript.ts'

/** What every call of the client needs is written as a file of its own, so that compiler and linter read it too. */
export function posClientText(document: OpenApi): string {
  const support = readFileSync(join(import.meta.dirname, 'support.ts'), 'utf8')
  const [, own] = support.split(/\/\/ What stands below.*\n/)
  return clientText(document, own!.split('\n/** Only so that this file')[0]!)
}
