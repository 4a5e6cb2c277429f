import { readFileSync } from 'node:fs'
import { posClientText } from './pos-client/client.ts'

/** `npm run -s pos-client -- http://127.0.0.1:47601/v1 > pos-client.ts`, or from a saved openapi.json. */
const [source] = process.argv.slice(2)
if (source === undefined) {
  process.stderr.write('usage: npm run -s pos-client -- ADDRESS|FILE > pos-client.ts\n')
  process.exit(2)
}
try {
  const text = /^https?:/.test(source)
    ? await (await fetch(`${source.replace(/\/$/, '')}/openapi.json`)).text()
    : readFileSync(source, 'utf8')
  process.stdout.write(posClientText(JSON.parse(text)))
} catch (error) {
  const { message, cause } = error as Error
  const why = cause instanceof Error ? cause.message || (cause as NodeJS.ErrnoException).code : message
  process.stderr.write(
    `${source}: found no OpenAPI document (${why}); the address of a POS API or a file of it is allowed\n`,
  )
  process.exit(2)
}
