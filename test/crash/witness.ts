import { closeSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs'

/** What a register was told, written down outside of everything that is killed: each line on the disk before the next. */
export interface Told {
  readonly what: 'sale' | 'refund'
  readonly receipt: string
  readonly epoch: number
  readonly seq: number
}

export interface Witness {
  readonly note: (told: Told) => void
  readonly all: () => readonly Told[]
  readonly close: () => void
}

export function openWitness(file: string): Witness {
  const handle = openSync(file, 'a')
  return {
    note: (told) => {
      writeSync(handle, `${JSON.stringify(told)}\n`)
      fsyncSync(handle)
    },
    all: () =>
      readFileSync(file, 'utf8')
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as Told),
    close: () => closeSync(handle),
  }
}
