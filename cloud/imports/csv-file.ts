import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open, stat } from 'node:fs/promises'
import { pipeline } from 'node:stream'
import { parse } from 'csv-parse'
import { Complaint } from '../complaint.ts'
import { bytesOf, decoded, type Encoding, UTF_8 } from './encoding.ts'

/** A CSV file of another system, gzipped or not, read row by row; nothing of it is kept in memory. */
export interface CsvRow {
  /** Where it ends in the file, from 1. */
  readonly line: number
  readonly fields: readonly string[]
  /** What is wrong with it as CSV. */
  readonly broken?: string
}

const RECORD_BYTES_MAX = 1_000_000

export async function* csvRows(file: string, separator: string, encoding: Encoding): AsyncGenerator<CsvRow> {
  const broken: CsvRow[] = []
  const parser = parse({
    bom: true,
    delimiter: separator,
    info: true,
    max_record_size: RECORD_BYTES_MAX,
    relax_quotes: true,
    skip_empty_lines: true,
    relax_column_count: true,
    skip_records_with_error: true,
    on_skip: (error) => {
      if (error !== undefined) broken.push({ line: Number(error.lines), fields: [], broken: error.message })
    },
  })
  const done = () => undefined // what goes wrong on the way is thrown where the rows are read
  if (encoding.name === UTF_8) pipeline(bytesOf(file), parser, done)
  else pipeline(bytesOf(file), (bytes: AsyncIterable<Buffer>) => decoded(bytes, encoding), parser, done)
  try {
    for await (const { record, info } of parser as AsyncIterable<{ record: string[]; info: { lines: number } }>) {
      yield* broken.splice(0)
      yield { line: info.lines, fields: record }
    }
    yield* broken.splice(0)
  } catch (error) {
    throw new Complaint(`${file} cannot be read: ${(error as Error).message}`)
  }
}

/** A name for the file's content and the way it is read: the same again is recognised, wherever it lies. */
export async function fingerprint(file: string, reading: unknown): Promise<string> {
  const hash = createHash('sha256')
  try {
    for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer)
  } catch (error) {
    throw new Complaint(`${file} cannot be read: ${(error as Error).message}`)
  }
  return hash.update(`\n${JSON.stringify(reading)}`).digest('hex')
}

/** The separator that the head of the file uses. */
export async function separatorOf(file: string, encoding: Encoding): Promise<string> {
  const head = await headOf(file, encoding)
  const count = (separator: string) => head.split(separator).length
  return [',', ';', '\t'].reduce((best, each) => (count(each) > count(best) ? each : best))
}

async function headOf(file: string, encoding: Encoding): Promise<string> {
  const source = bytesOf(file)
  let head = ''
  try {
    for await (const text of decoded(source, encoding)) {
      head += text
      if (head.includes('\n') || head.length > 65_536) break
    }
  } catch (error) {
    throw new Complaint(`${file} cannot be read: ${(error as Error).message}`)
  } finally {
    source.destroy()
  }
  return head.split('\n', 1)[0]!
}

/** Rows that did not come in, with where and why; their own columns follow, so that they can be mended and imported. */
export class RejectFile {
  count = 0
  private readonly path: string
  private readonly header: readonly string[]
  private readonly separator: string
  private readonly encoding: Encoding
  private handle: Awaited<ReturnType<typeof open>> | undefined
  private waiting = ''

  constructor(path: string, header: readonly string[], separator: string, encoding: Encoding) {
    this.path = path
    this.header = header
    this.separator = separator
    this.encoding = encoding
  }

  add(row: CsvRow, reason: string): void {
    this.count += 1
    this.waiting += this.line([String(row.line), reason, ...row.fields])
  }

  /** A run that goes on adds to the file; one that begins takes its place. */
  async flush(isFirst: boolean): Promise<void> {
    if (this.waiting === '') return
    if (this.handle === undefined) {
      const isThere = await stat(this.path).then(
        (found) => found.size > 0,
        () => false,
      )
      try {
        this.handle = await open(this.path, isFirst ? 'w' : 'a')
      } catch (error) {
        throw new Complaint(`${this.path} cannot be written: ${(error as Error).message}. Name another with --rejects.`)
      }
      const mark = this.encoding.isBare ? '' : '\ufeff'
      if (isFirst || !isThere) await this.handle.write(mark + this.line(['line', 'reason', ...this.header]))
    }
    await this.handle.write(this.waiting)
    this.waiting = ''
  }

  async close(): Promise<void> {
    await this.handle?.close()
  }

  private line(fields: readonly string[]): string {
    const quoted = (field: string) =>
      field.includes(this.separator) || /["\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field
    return `${fields.map(quoted).join(this.separator)}\n`
  }
}
