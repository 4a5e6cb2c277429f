/** What an independent checker needs of a run: DESIGN 18. Amounts are whole hundredths. */
export type TraceLine =
  | {
      readonly k: 'ack'
      readonly till: string
      readonly epoch: number
      readonly seq: number
      readonly purse: string
      readonly earn: number
      readonly redeem: number
      readonly offline: boolean
    }
  | {
      readonly k: 'applied'
      readonly till: string
      readonly epoch: number
      readonly seq: number
      readonly purse: string
      readonly posted: number
      readonly earn: number
    }
  | {
      readonly k: 'cloud'
      readonly purse: string
      readonly posted: number
      readonly why: string
      readonly into?: string
    }
  | { readonly k: 'final'; readonly purse: string; readonly posted: number; readonly spendable: number }
  | { readonly k: 'destroyed'; readonly till: string }

export interface Trace {
  readonly write: (line: TraceLine) => void
  readonly lines: () => readonly TraceLine[]
  readonly length: () => number
  /** A database that lost its end never booked what it had booked after this place. */
  readonly forgetBooked: (from: number) => void
}

export function traceInMemory(): Trace {
  let lines: TraceLine[] = []
  return {
    write: (line) => void lines.push(line),
    lines: () => lines,
    length: () => lines.length,
    forgetBooked: (from) => {
      lines = lines.filter((line, index) => index < from || (line.k !== 'applied' && line.k !== 'cloud'))
    },
  }
}

export const purseName = (member: string, purse: string): string => `${member}:${purse}`
