import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { type Info, parse } from 'csv-parse'

/** A row by its columns' names, and where in the file it stands. */
export interface CsvRecord {
  readonly record: CsvRow
  readonly info: Info
}
export type CsvRow = Readonly<Record<string, string | undefined>>

/**
 * A CSV file, gzipped or not, row by row; what is no CSV is told in words and passed over. Rejects where the file cannot
 * be read or unpacked.
 */
export function recordsOf(file: string, problems: string[]): AsyncIterable<CsvRecord> {
  const parser = parse({
    columns: (names: string[]) => names.map((name) => name.trim()),
    cast: (value) => value.trim(),
    bom: true,
    info: true,
    skip_empty_lines: true,
    relax_column_count: true,
    relax_quotes: true,
    skip_records_with_error: true,
    on_skip: (error) => {
      if (error !== undefined) problems.push(`line ${error.lines}: no CSV (${error.message})`)
    },
  })
  const source = createReadStream(file)
  // What goes wrong on the way is thrown where the records are read.
  const done = () => undefined
  if (file.endsWith('.gz')) pipeline(source, createGunzip(), parser, done)
  else pipeline(source, parser, done)
  return parser
}

/** What was found in a column, for a sentence. */
export function found(value: string | undefined): string {
  return value === undefined ? 'nothing' : JSON.stringify(value)
}
