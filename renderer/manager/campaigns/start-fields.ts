/** What each way to begin a chain asks for, as typed, and what stands there first. */

export type StartField = 'days' | 'segment' | 'when' | 'date' | 'names' | 'atLeast' | 'stamp' | 'short' | 'checkpoint'

export const START_FIELDS: Readonly<Record<string, Readonly<Partial<Record<StartField, string>>>>> = {
  daysWithoutPurchase: { days: '66' },
  birthday: { days: '7', when: 'before' },
  nameDay: { date: '01-25', names: '', days: '3', when: 'before' },
  pointsBurn: { days: '7', atLeast: '100' },
  secondPurchaseNotMade: { days: '14' },
  afterEnrolment: { days: '1' },
  segmentEntered: { segment: '', days: '0' },
  segmentLeft: { segment: '', days: '0' },
  stampAlmostFull: { stamp: '', short: '1' },
  checkpointMissed: { checkpoint: '', days: '1' },
}

/** The fields of a start that was read; null: a kind that is not known here. */
export function startFieldsOf(start: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> | null {
  const fields = START_FIELDS[String(start.kind)]
  if (fields === undefined) return null
  const typed = (value: unknown) => (Array.isArray(value) ? value.join(', ') : String(value ?? ''))
  return Object.fromEntries(Object.keys(fields).map((field) => [field, typed(start[field])]))
}

const LISTS: readonly string[] = ['names'] satisfies StartField[]
const WHOLES: readonly string[] = ['days', 'short'] satisfies StartField[]

/** What the fields say; a number that is none stays text, for the schema to complain of. */
export function startOf(kind: string, fields: Readonly<Record<string, string>>): Readonly<Record<string, unknown>> {
  const read = ([field, typed]: readonly [string, string]) => {
    const plain = typed.trim()
    if (LISTS.includes(field)) return [field, plain.split(/\s*[,;\n]\s*/).filter((name) => name !== '')]
    if (WHOLES.includes(field)) return [field, /^\d+$/.test(plain) ? Number(plain) : plain]
    return [field, field === 'atLeast' ? plain.replace(',', '.') : plain]
  }
  return { kind, ...Object.fromEntries(Object.entries(fields).map(read)) }
}
