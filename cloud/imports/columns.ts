import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { Complaint } from '../complaint.ts'

/**
 * Where each of our columns is found: by its own name, or as a mapping file says: `{"receipt_id": "Чек №", "outlet":
 * {"value": "A"}}`, a column's name in the file or one value for all rows.
 */
const mappingFile = z.record(z.string(), z.union([z.string(), z.strictObject({ value: z.string() })]))
export type Mapping = z.infer<typeof mappingFile>

export async function readMapping(path: string | undefined, known: readonly string[]): Promise<Mapping> {
  if (path === undefined) return {}
  const text = await readFile(path, 'utf8').catch((error: Error) => {
    throw new Complaint(`${path} cannot be read: ${error.message}`)
  })
  let json: unknown
  try {
    json = JSON.parse(text.replace(/^\uFEFF/, ''))
  } catch (error) {
    throw new Complaint(`${path} is not JSON: ${(error as Error).message}`)
  }
  const parsed = mappingFile.safeParse(json)
  if (!parsed.success) {
    throw new Complaint(`${path}: a name of a column or {"value": "…"} is expected for each of ${known.join(', ')}.`)
  }
  const unknown = Object.keys(parsed.data).find((name) => !known.includes(name))
  if (unknown !== undefined) throw new Complaint(`${path}: "${unknown}" is none of ${known.join(', ')}.`)
  return parsed.data
}

export type Fields<Name extends string> = (fields: readonly string[]) => Readonly<Record<Name, string>>

/** Reads our columns out of a row; a column that is not there is empty. */
export function columnsOf<Name extends string>(
  header: readonly string[],
  names: readonly Name[],
  needed: readonly Name[],
  mapping: Mapping,
): Fields<Name> {
  const trimmed = header.map((name) => name.trim())
  const places = names.map((name) => {
    const from = mapping[name] ?? name
    if (typeof from === 'object') return { name, value: from.value.trim(), index: -1 }
    const index = trimmed.indexOf(from)
    if (index < 0 && (needed.includes(name) || Object.hasOwn(mapping, name))) {
      throw new Complaint(
        `There is no column "${from}"; the file has ${trimmed.map((each) => `"${each}"`).join(', ')}. Name it in a file for --map.`,
      )
    }
    if (index >= 0 && trimmed.lastIndexOf(from) !== index) {
      const [one, two] = [index + 1, trimmed.lastIndexOf(from) + 1]
      throw new Complaint(
        `The column "${from}" is there twice, as number ${one} and number ${two}: give one of them another name.`,
      )
    }
    return { name, value: undefined, index }
  })
  return (fields) => {
    const read = {} as Record<Name, string>
    for (const { name, value, index } of places) read[name] = value ?? (fields[index] ?? '').trim()
    return read
  }
}
