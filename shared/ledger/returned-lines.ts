import { z } from 'zod'
import type { ReturnedLine } from './booking-port.ts'

/**
 * What was returned, by line. A line's id is the register's own and may be any text, also the name of something that
 * every object has: "constructor" is no returned line, and "__proto__" may be one.
 */
export type ReturnedLines = Readonly<Record<string, ReturnedLine>>

/** What was returned of this line so far; undefined where nothing was. */
export function returnedOfLine<L>(returned: Readonly<Record<string, L>>, id: string): L | undefined {
  return Object.hasOwn(returned, id) ? returned[id] : undefined
}

/** An object by line, whatever the lines are called: `z.record` leaves "__proto__" out. */
export function byLine<S extends z.ZodType>(line: S) {
  type Line = z.output<S>
  const entries = z.array(z.tuple([z.string(), line])) as unknown as z.ZodType<readonly (readonly [string, Line])[]>
  return z
    .custom<object>((value) => typeof value === 'object' && value !== null)
    .transform((value): unknown => Object.entries(value))
    .pipe(entries)
    .transform((each): Readonly<Record<string, Line>> => Object.fromEntries(each))
}
