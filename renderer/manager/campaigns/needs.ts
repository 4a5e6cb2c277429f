import type { MoreWords } from '../../words/campaign-more.ts'
import type { Wrong } from '../customers/use-report.ts'

/** One thing that is not there: where the campaign names it, and what there is instead ("stamp cards: a, b"). */
export type Need = Wrong

/** What is missing, by its name, with what there is in its place. Rule K52. */
export const saidOfNeeds = (words: MoreWords['needs'], needs: readonly Need[]): string =>
  needs.map((need) => saidOf(words, need)).join(' ')

function saidOf(words: MoreWords['needs'], { path, found, allowed }: Need): string {
  if (path === 'start.short') return words.lacks(words.short(found, allowed))
  if (/^(audience\.|start\.segment$)/.test(path)) return words.segment(found)
  const what = thingAt(words, path, found)
  const [, names] = /: (.*)$/.exec(allowed) ?? []
  const there = names === undefined || names === 'none' ? words.thereNone : words.there(names)
  return `${words.lacks(what)} ${there}`
}

function thingAt(words: MoreWords['needs'], path: string, found: string): string {
  if (path === 'start.stamp') return words.stamp(found)
  if (path === 'start.checkpoint') return words.checkpoint(found)
  const [, place] = /^touches\.(\d+)\.coupon$/.exec(path) ?? []
  return place === undefined ? words.other(path, found) : words.coupon(Number(place) + 1, found)
}
