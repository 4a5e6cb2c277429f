/**
 * Arrays as PostgreSQL's binary protocol carries them. The driver writes arrays as text, in which each quotation mark of
 * each document is escaped by us and unescaped by the database; in binary form a text is its length and its bytes. A
 * Buffer as a parameter goes out in binary form by itself; the statement says the type: `${textArray(names)}::text[]`.
 */

const TEXT = 25
const INT4 = 23
const INT8 = 20
const JSON_TEXT = 114
const HEAD_BYTES = 20
const LENGTH_BYTES = 4
const NULL_LENGTH = -1

export const textArray = (values: readonly (string | null)[]): Buffer => arrayOfTexts(TEXT, values)

/** Of documents that are texts already. */
export const jsonArray = (documents: readonly (string | null)[]): Buffer => arrayOfTexts(JSON_TEXT, documents)

function arrayOfTexts(type: number, values: readonly (string | null)[]): Buffer {
  let size = HEAD_BYTES
  for (const value of values) size += LENGTH_BYTES + (value === null ? 0 : Buffer.byteLength(value))
  const array = Buffer.allocUnsafe(size)
  let at = writeHead(array, type, values)
  for (const value of values) {
    if (value === null) {
      at = array.writeInt32BE(NULL_LENGTH, at)
      continue
    }
    const written = array.write(value, at + LENGTH_BYTES)
    array.writeInt32BE(written, at)
    at += LENGTH_BYTES + written
  }
  return array
}

export function bigintArray(values: readonly (bigint | number)[]): Buffer {
  const array = Buffer.allocUnsafe(HEAD_BYTES + values.length * (LENGTH_BYTES + 8))
  let at = writeHead(array, INT8, values)
  for (const value of values) {
    at = array.writeInt32BE(8, at)
    at = array.writeBigInt64BE(BigInt(value), at)
  }
  return array
}

export function nullableBigintArray(values: readonly (bigint | null)[]): Buffer {
  const array = Buffer.allocUnsafe(HEAD_BYTES + values.length * (LENGTH_BYTES + 8))
  let at = writeHead(array, INT8, values)
  for (const value of values) {
    at = array.writeInt32BE(value === null ? NULL_LENGTH : 8, at)
    if (value !== null) at = array.writeBigInt64BE(value, at)
  }
  return array.subarray(0, at)
}

export function integerArray(values: readonly number[]): Buffer {
  const array = Buffer.allocUnsafe(HEAD_BYTES + values.length * (LENGTH_BYTES + 4))
  let at = writeHead(array, INT4, values)
  for (const value of values) {
    at = array.writeInt32BE(4, at)
    at = array.writeInt32BE(value, at)
  }
  return array
}

/** One dimension that begins at 1, whether there are nulls, what the elements are. */
function writeHead(array: Buffer, type: number, values: readonly unknown[]): number {
  array.writeInt32BE(1, 0)
  array.writeInt32BE(values.includes(null) ? 1 : 0, 4)
  array.writeInt32BE(type, 8)
  array.writeInt32BE(values.length, 12)
  return array.writeInt32BE(1, 16)
}
