import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { finished } from 'node:stream/promises'
import type { MembersFile } from './asked.ts'

/** A row for each member as CSV (RFC 4180), written as it comes. */
export interface OpenMembersFile extends MembersFile {
  close(): Promise<void>
}

export function membersFile(path: string): OpenMembersFile {
  const stream = createWriteStream(path)
  let failed: Error | undefined
  stream.on('error', (error) => {
    failed = error
  })
  let isFull = false
  const row = (values: readonly (string | number | null)[]) => {
    isFull = !stream.write(`${values.map(cell).join(',')}\n`)
  }
  return {
    columns: row,
    row,
    async drained() {
      if (failed !== undefined) throw failed
      if (isFull) await once(stream, 'drain')
      isFull = false
    },
    async close() {
      stream.end()
      await finished(stream)
    },
  }
}

/** Quoted where it has to be. */
export function cell(value: string | number | null): string {
  if (value === null) return ''
  const text = String(value)
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
