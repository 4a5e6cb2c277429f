import { openJournal } from '../../electron/journal.ts'
import { silentLog } from '../../electron/log.ts'

/** Appends until it is killed; says each seq only when the journal said that it is safe. */
const [folder, first] = [process.argv[2]!, Number(process.argv[3])]
const journal = await openJournal({ folder, log: silentLog, segmentBytesMax: 2000 })
for (let seq = first; ; seq += 2) {
  const pair = [seq, seq + 1].map((one) => ({
    epoch: 1,
    seq: one,
    text: JSON.stringify({ one, pad: 'x'.repeat(one % 97) }),
  }))
  const reply = await journal.append(pair)
  if (!reply.ok) process.exit(1)
  process.stdout.write(`${seq + 1}\n`)
}
