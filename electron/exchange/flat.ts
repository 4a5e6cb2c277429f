/**
 * The flat format: one `name=value` a line, as cash register programs write without a library. `;` and `#` begin a
 * remark. Lines of the receipt are `line=ID;SKU;CATEGORY;QTY;AMOUNT;NAME`, what is empty is left out; of a return
 * `line=ID;QTY;AMOUNT`. Amounts may have a comma.
 */
export class FlatError extends Error {}

/** Names that may come several times, and what they are called in the API. */
const LISTS: Readonly<Record<string, string>> = { coupon: 'coupons', reward: 'rewards' }
const SALE_LINE = ['id', 'sku', 'category', 'qty', 'amount', 'name'] as const
const RETURN_LINE = ['id', 'qty', 'amount'] as const
const AMOUNTS: ReadonlySet<string> = new Set(['redeem', 'amount', 'qty', 'cost'])

type Fields = Record<string, unknown>

export function parseFlat(text: string): Fields {
  const fields: Fields = {}
  const rows = text.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/)
  for (const [i, row] of rows.entries()) {
    const line = row.trim()
    if (line === '' || line.startsWith(';') || line.startsWith('#')) continue
    const at = line.indexOf('=')
    if (at < 1) throw new FlatError(`line ${i + 1}: found ${JSON.stringify(line.slice(0, 60))}; name=value is allowed`)
    const name = line.slice(0, at).trim()
    if (!/^[A-Za-z][\w.-]{0,60}$/.test(name)) {
      throw new FlatError(
        `line ${i + 1}: found ${JSON.stringify(name.slice(0, 60))}; a name of Latin letters is allowed`,
      )
    }
    take(fields, name, line.slice(at + 1).trim(), i + 1)
  }
  return shaped(fields)
}

function take(fields: Fields, name: string, value: string, row: number): void {
  const list = name === 'line' ? 'lines' : LISTS[name]
  if (list !== undefined) {
    fields[list] = [...((fields[list] as unknown[] | undefined) ?? []), value]
    return
  }
  if (Object.hasOwn(fields, name)) throw new FlatError(`line ${row}: ${name} came before; once is allowed`)
  if (value !== '') fields[name] = AMOUNTS.has(name) ? decimal(value) : value
}

/** `receipt=42` with lines is a receipt in the API; consents are words. */
function shaped({ lines, receipt, at, outlet, personalData, messages, command, ...rest }: Fields): Fields {
  const rows = lines as readonly string[] | undefined
  if (command === 'refund' || command === 'attach') {
    return {
      command,
      ...rest,
      ...present({ receipt, outlet, lines: rows?.map((row) => lineOf(row, RETURN_LINE)) }),
    }
  }
  const consent =
    personalData === undefined ? undefined : { personalData: isYes(personalData), messages: isYes(messages) }
  const whole =
    receipt === undefined
      ? undefined
      : present({ id: receipt, at, outlet, lines: rows?.map((row) => lineOf(row, SALE_LINE)) })
  return { ...present({ command }), ...rest, ...present({ receipt: whole, consent }) }
}

const isYes = (value: unknown): boolean => /^(yes|true|1|да)$/i.test(String(value))

function lineOf(row: string, names: readonly string[]): Fields {
  const cells = row.split(';').map((cell) => cell.trim())
  if (cells.length > names.length) {
    throw new FlatError(`line=${row.slice(0, 60)}: found ${cells.length} fields; ${names.join(';')} is allowed`)
  }
  return Object.fromEntries(
    cells.flatMap((cell, i) => (cell === '' ? [] : [[names[i]!, AMOUNTS.has(names[i]!) ? decimal(cell) : cell]])),
  )
}

const decimal = (text: string): string => text.replace(',', '.')

const present = (fields: Fields): Fields =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))

/** What screens need and registers do not print. */
const LEFT_OUT: ReadonlySet<string> = new Set(['why', 'sentences'])

/** `member.name=…`, `lines.0.earn=…`, a list of texts as the same name several times. */
export function flatText(value: unknown): string {
  return `${rowsOf('', value).join('\r\n')}\r\n`
}

function rowsOf(name: string, value: unknown): readonly string[] {
  if (value === null || value === undefined) return []
  if (Array.isArray(value)) {
    return value.flatMap((each, i) => (isPlain(each) ? rowsOf(name, each) : rowsOf(`${name}.${i}`, each)))
  }
  if (typeof value === 'object') {
    return Object.entries(value)
      .filter(([key]) => !LEFT_OUT.has(key))
      .flatMap(([key, each]) => rowsOf(name === '' ? key : `${name}.${key}`, each))
  }
  return [`${name}=${String(value).replace(/[\r\n]+/g, ' ')}`]
}

const isPlain = (value: unknown): boolean => typeof value !== 'object'
