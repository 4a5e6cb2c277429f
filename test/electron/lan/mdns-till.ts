import { createPrivateKey } from 'node:crypto'
import { discoverByMdns } from '../../../electron/lan/discovery.ts'
import { deviceRow } from '../../../shared/sync/protocol.ts'
import { newTill } from './lan-rig.ts'

/** One till in a process of its own, found by multicast alone. Prints a JSON line whenever something has changed. */
const { device, key, rows } = JSON.parse(process.argv[2]!) as { device: string; key: string; rows: unknown[] }

const till = newTill(device, { key: createPrivateKey(key), discover: discoverByMdns })
till.roster.replace(rows.map((row) => deviceRow.parse(row)))
await till.lan.refresh()
let said = ''
setInterval(() => {
  const line = JSON.stringify({ present: till.lan.present(), trouble: till.lan.trouble(), port: till.lan.port() })
  if (line !== said) process.stdout.write(`${line}\n`)
  said = line
}, 20)
process.on('SIGTERM', () => void till.lan.close().then(() => setTimeout(() => process.exit(0), 200)))
