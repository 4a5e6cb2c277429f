import { readFileSync } from 'node:fs'
import { posClientText } from './pos-client/client.ts'

/** `npm run -s pos-client -- http://127.0.0.1:47601/v1 > pos-client.ts`, or from a saved openapi.json. */
const [source] = process.argv.slice(2)
if (source === undefined) {
  process.stderr.write('usage: npm run -s pos-client -- ADDRESS|FILE > pos-client.ts\n')
  process.exit(2)
}
const text = /^https?:/.test(source)
  ? await (await fetch(`${source.replace(/\/$/, '')}/openapi.json`)).text()
  : readFileSync(source, 'utf8')
process.stdout.write(posClientText(JSON.parse(text)))
