import { createReadStream } from 'node:fs'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { Complaint } from '../complaint.ts'

/** How the letters of a file are written. */
export interface Encoding {
  /** As the Encoding Standard names it. */
  readonly name: string
  /** Whether it is UTF-8 without a mark; whatever else was made by a spreadsheet, which knows Unicode by its mark only. */
  readonly isBare: boolean
}

export const UTF_8 = 'utf-8'
/** What Excel saves as CSV on a Russian Windows: no mark tells it, and next to nothing of it is UTF-8 by chance. */
const OF_WINDOWS = 'windows-1251'

/** What stands for bytes that are no letter. */
const REPLACED = '\ufffd'

const MARKS = [
  { name: UTF_8, bytes: [0xef, 0xbb, 0xbf] },
  { name: 'utf-16le', bytes: [0xff, 0xfe] },
  { name: 'utf-16be', bytes: [0xfe, 0xff] },
] as const

/**
 * As it is named, as the file's mark says, UTF-8 where all of it is that, else what Windows writes. Throws a complaint where
 * most of it is UTF-8: read as anything else, every name in it would be spoiled.
 */
export async function encodingOf(file: string, named?: string): Promise<Encoding> {
  if (named !== undefined) return known(named)
  const source = bytesOf(file)
  const strict = new TextDecoder(UTF_8, { fatal: true })
  let isFirst = true
  try {
    for await (const chunk of source as AsyncIterable<Buffer>) {
      const mark = isFirst ? MARKS.find(({ bytes }) => bytes.every((byte, place) => chunk[place] === byte)) : undefined
      if (mark !== undefined) return { name: mark.name, isBare: false }
      isFirst = false
      if (!reads(() => strict.decode(chunk, { stream: true }))) return await ofWindows(file)
    }
  } catch (error) {
    throw new Complaint(`${file} cannot be read: ${(error as Error).message}`)
  } finally {
    source.destroy()
  }
  return reads(() => strict.decode()) ? { name: UTF_8, isBare: true } : await ofWindows(file)
}

/** What is no UTF-8 is what Windows writes, unless it is UTF-8 with damage. */
async function ofWindows(file: string): Promise<Encoding> {
  let [broken, whole, line, firstBroken] = [0, 0, 1, 0]
  for await (const text of decoded(bytesOf(file), { name: UTF_8 })) {
    for (const character of text) {
      if (character === '\n') line += 1
      else if (character === REPLACED) {
        broken += 1
        if (broken === 1) firstBroken = line
      } else if (character > '\u007f') whole += 1
    }
  }
  if (broken > whole) return { name: OF_WINDOWS, isBare: false }
  throw new Complaint(
    `${file} is UTF-8 but for ${broken} places, the first in line ${firstBroken}. Mend them, or say with --encoding how to read it: --encoding utf-8 puts \ufffd there.`,
  )
}

function known(named: string): Encoding {
  try {
    const name = new TextDecoder(named).encoding
    return { name, isBare: name === UTF_8 }
  } catch {
    throw new Complaint(`--encoding ${named}: such as utf-8, windows-1251 or cp866 is expected.`)
  }
}

function reads(decode: () => string): boolean {
  try {
    decode()
    return true
  } catch {
    return false
  }
}

/** What a file holds, unpacked. */
export function bytesOf(file: string): Readable {
  const source = createReadStream(file)
  if (!file.endsWith('.gz')) return source
  return pipeline(source, createGunzip(), () => undefined) // what goes wrong is thrown where it is read
}

export async function* decoded(bytes: AsyncIterable<Buffer>, { name }: Pick<Encoding, 'name'>): AsyncGenerator<string> {
  const decoder = new TextDecoder(name)
  for await (const chunk of bytes) yield decoder.decode(chunk, { stream: true })
  yield decoder.decode()
}
