import type { PullChange } from './protocol.ts'

/**
 * The packed form in which many members travel and are kept: a page is a text with a line for each member, and a line is
 * the JSON of that member's changes as a pull would bring them. A reader looks for a key in the text and parses one line.
 * Beside a page go the hashes of everything that can be looked up in it. Rules S44 to S46.
 */

/** How many members go on a page: packed, it must stay below 64 KiB, from where Chromium makes a file of each value. */
export const PAGE_MEMBERS = 500

export type Sought = { readonly card: string } | { readonly phone: string } | { readonly member: string }

/** One member: their own row, their cards, their purses. */
export type Person = readonly PullChange[]

export function pageText(people: readonly Person[]): string {
  return people.map((person) => `${JSON.stringify(person.map(inOrder))}\n`).join('')
}

/** The order of properties is what a reader looks for. */
function inOrder({ scope, key, row, seq }: PullChange) {
  return seq === undefined ? { scope, key, row } : { scope, key, row, seq }
}

/** Everybody on a page who may be meant, in its order; more than one only where a phone is shared. */
export function peopleIn(text: string, sought: Sought): PullChange[][] {
  const needle =
    'card' in sought
      ? `"scope":"card","key":${JSON.stringify(sought.card)}`
      : 'member' in sought
        ? `"scope":"member","key":${JSON.stringify(sought.member)}`
        : `"phone":${JSON.stringify(sought.phone)}`
  const people: PullChange[][] = []
  for (let at = text.indexOf(needle); at >= 0; ) {
    const end = text.indexOf('\n', at)
    const person = JSON.parse(text.slice(text.lastIndexOf('\n', at) + 1, end)) as PullChange[]
    if (isMeant(person, sought)) people.push(person)
    at = text.indexOf(needle, end)
  }
  return people
}

function isMeant(person: Person, sought: Sought): boolean {
  return person.some((change) => {
    if (change.row === null) return false
    if ('card' in sought) return change.scope === 'card' && change.key === sought.card
    if ('member' in sought) return change.scope === 'member' && change.key === sought.member
    return change.scope === 'member' && change.row.phone === sought.phone
  })
}

export function everybodyIn(text: string): PullChange[][] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as PullChange[])
}

/** What a person can be found by, as hashes. */
export function hashesOf(person: Person): number[] {
  return person.flatMap((change) => {
    if (change.row === null) return []
    if (change.scope === 'card') return [hashOf({ card: change.key })]
    if (change.scope !== 'member') return []
    const { phone } = change.row
    const own = hashOf({ member: change.key })
    return phone === null ? [own] : [own, hashOf({ phone })]
  })
}

/** 32 bits of FNV-1a, stirred: where to look, never proof that something is there. */
export function hashOf(sought: Sought): number {
  const text = 'card' in sought ? `c${sought.card}` : 'member' in sought ? `m${sought.member}` : `p${sought.phone}`
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}

/** 64 bits over a packed page: whether it arrived, and is still kept, as it was made. */
export function sumOfBytes(bytes: Uint8Array): string {
  let [a, b] = [0x811c9dc5, 0x9747b28c]
  for (let i = 0; i < bytes.length; i++) {
    a = Math.imul(a ^ bytes[i]!, 0x01000193)
    b = Math.imul((b << 5) ^ (b >>> 27) ^ bytes[i]!, 0x85ebca6b)
  }
  const hex = (n: number) => (n >>> 0).toString(16).padStart(8, '0')
  return `${hex(a)}${hex(b)}`
}
