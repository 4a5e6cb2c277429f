import pg from 'pg'
import { from as copyFrom } from 'pg-copy-streams'
import { plannedName } from './planned-once.ts'

/**
 * Rows for `COPY … FROM STDIN (FORMAT binary)`: what a batch adds to a table goes in by the shortest way there is. Given
 * as the statement's last parameter, `sql`copy sale (…) from stdin (format binary) ${rows}`.execute(tx)`, it is sent in
 * the transaction like any other statement.
 */
export class CopyRows {
  private buffer = spare ?? Buffer.allocUnsafe(FIRST_BYTES)
  private at = SIGNATURE.copy(this.buffer)

  constructor() {
    spare = undefined
  }

  /** A row of so many columns begins. */
  row(columns: number): this {
    this.room(2)
    this.at = this.buffer.writeInt16BE(columns, this.at)
    return this
  }

  /** Also for JSON that is text already. */
  text(value: string | null): this {
    if (value === null) return this.nothing()
    this.room(4 + value.length * UTF8_BYTES_MAX)
    const written = this.buffer.write(value, this.at + 4)
    this.buffer.writeInt32BE(written, this.at)
    this.at += 4 + written
    return this
  }

  integer(value: number): this {
    this.room(8)
    this.at = this.buffer.writeInt32BE(4, this.at)
    this.at = this.buffer.writeInt32BE(value, this.at)
    return this
  }

  bigint(value: bigint | number): this {
    this.room(12)
    this.at = this.buffer.writeInt32BE(8, this.at)
    this.at = this.buffer.writeBigInt64BE(BigInt(value), this.at)
    return this
  }

  bigintOrNull(value: bigint | null): this {
    return value === null ? this.nothing() : this.bigint(value)
  }

  instantOrNull(text: string | null): this {
    return text === null ? this.nothing() : this.instant(text)
  }

  boolean(value: boolean): this {
    this.room(5)
    this.at = this.buffer.writeInt32BE(1, this.at)
    this.at = this.buffer.writeUInt8(value ? 1 : 0, this.at)
    return this
  }

  /** "2026-11-18". */
  day(text: string | null): this {
    if (text === null) return this.nothing()
    return this.integer((instantMs(text) - EPOCH_MS) / DAY_MS)
  }

  /** ISO 8601. */
  instant(text: string): this {
    return this.bigint(BigInt(instantMs(text) - EPOCH_MS) * 1000n)
  }

  bytes(value: Buffer | null): this {
    if (value === null) return this.nothing()
    this.room(4 + value.length)
    this.at = this.buffer.writeInt32BE(value.length, this.at)
    this.at += value.copy(this.buffer, this.at)
    return this
  }

  private nothing(): this {
    this.room(4)
    this.at = this.buffer.writeInt32BE(-1, this.at)
    return this
  }

  private room(bytes: number): void {
    if (this.at + bytes + END.length <= this.buffer.length) return
    const larger = Buffer.allocUnsafe(Math.max(this.buffer.length * 2, this.at + bytes + END.length))
    this.buffer.copy(larger, 0, 0, this.at)
    this.buffer = larger
  }

  finished(): Buffer {
    END.copy(this.buffer, this.at)
    return this.buffer.subarray(0, this.at + END.length)
  }

  /** The database has them all: nobody reads these bytes any more. */
  isSent(): void {
    if (this.buffer.length <= SPARE_BYTES_MAX) spare = this.buffer
  }
}

/** Memory that was written to before costs nothing; the next rows are put there. */
let spare: Buffer | undefined

const FIRST_BYTES = 65_536
const SPARE_BYTES_MAX = 16 * 2 ** 20
const UTF8_BYTES_MAX = 3 // a UTF-16 unit makes no more
const DAY_MS = 86_400_000
const EPOCH_MS = Date.UTC(2000, 0, 1)
/** Eleven fixed bytes, no flags, no extension. */
const SIGNATURE = Buffer.from('5047434f50590aff0d0a000000000000000000', 'hex')
const END = Buffer.from([0xff, 0xff])

/** The database knows no year 0, and would call it 1 BC. */
function instantMs(text: string): number {
  const ms = Date.parse(text)
  if (Number.isNaN(ms) || text.startsWith('0000')) throw new RangeError(`no moment that can be kept: ${text}`)
  return ms
}

/** The driver's client, which knows what to do with such rows, and with statements that are planned once. */
export class CopyingClient extends pg.Client {
  // biome-ignore lint/suspicious/noExplicitAny: the driver's own signature is a dozen overloads
  override query(...args: any[]): any {
    const [text, values] = args as [unknown, unknown]
    const rows = Array.isArray(values) ? values.at(-1) : undefined
    if (!(rows instanceof CopyRows)) {
      const name = typeof text === 'string' ? plannedName(text) : undefined
      // biome-ignore lint/suspicious/noExplicitAny: as above
      return (super.query as any)(...(name === undefined ? args : [{ name, text, values }, ...args.slice(2)]))
    }
    const stream = super.query(copyFrom(String(text).replace(/\s*\$\d+\s*$/, '')))
    return new Promise((resolve, reject) => {
      stream.on('error', reject)
      stream.on('finish', () => {
        rows.isSent()
        resolve({ command: 'COPY', rowCount: stream.rowCount, rows: [] })
      })
      stream.end(rows.finished())
    })
  }
}
