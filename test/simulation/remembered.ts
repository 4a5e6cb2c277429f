import type { Roughness } from './faults.ts'

export interface Remembered {
  readonly seed: number
  readonly ops: number
  readonly neighbours: boolean
  /** Missing: about nothing. */
  readonly rough?: Roughness
  readonly why: string
}

/** Runs that once broke a promise. Each stays here with a sentence: what was wrong then. */
export const seedsThatOnceFailed: readonly Remembered[] = [
  {
    seed: 129,
    ops: 600,
    neighbours: false,
    rough: 'silence',
    why: 'who was looked up before the first fill was whole stayed for good, though the cloud that came back knew nothing of it',
  },
  {
    seed: 24,
    ops: 800,
    neighbours: false,
    why: 'a till took what another machine of its name had sent for its own, and never sent what it wrote under those numbers',
  },
  {
    seed: 1139,
    ops: 1_200,
    neighbours: false,
    why: 'a till on a full disk fell over when it asked the cloud whose card its receipts were waiting for',
  },
  {
    seed: 50,
    ops: 1_000,
    neighbours: false,
    why: 'a member who left the counter while their figures were read again stopped the core',
  },
  {
    seed: 23,
    ops: 1_200,
    neighbours: false,
    why: 'two tills asked at one moment where nothing is redeemed offline, and both were told yes',
  },
  {
    seed: 2107,
    ops: 500,
    neighbours: false,
    why: 'with a slow disk a till wrote its own word of whom it had enrolled over what the cloud had said already',
  },
  {
    seed: 1020,
    ops: 800,
    neighbours: true,
    why: 'a till passed on what two others had given it, was heard before both, and its taker was not believed',
  },
  {
    seed: 2012,
    ops: 800,
    neighbours: true,
    why: 'what a till had passed on, and its taker had spent, counted against it when it told of having got it',
  },
  {
    seed: 1010,
    ops: 800,
    neighbours: true,
    why: 'a sale that only risked took from a lease at the cloud and not at its till, which passed all of it on',
  },
  {
    seed: 1070,
    ops: 800,
    neighbours: true,
    why: 'rights in a page that was pulled while a till began its fill again were dropped',
  },
  {
    seed: 1008,
    ops: 800,
    neighbours: true,
    why: 'two tills used a coupon that everybody knows at the same moment, each with the word of the cloud',
  },
  {
    seed: 1034,
    ops: 2_000,
    neighbours: true,
    why: 'a till that took over a right of a member who had been merged away believed to hold it twice',
  },
  {
    seed: 1121,
    ops: 2_000,
    neighbours: false,
    why: 'what the journal had not taken while the disk was full stayed in one copy until something else was written',
  },
  {
    seed: 17,
    ops: 2_500,
    neighbours: false,
    why: 'a right went round between two tills for ever: each return of it changed what each till was meant to hold',
  },
  {
    seed: 1036,
    ops: 2_000,
    neighbours: true,
    why: 'a till gave what nobody waited for: an asking that came after the answer "nothing" to a later one of its own',
  },
  {
    seed: 15,
    ops: 800,
    neighbours: false,
    rough: 'backups',
    why: 'a till whose clock was days behind dropped what it had written before 35 days were over, and a cloud that came back asked for it',
  },
  {
    seed: 3048,
    ops: 1_000,
    neighbours: true,
    why: 'a fact that was told again under another number moved nothing, and its till was not told that the figures held it',
  },
  {
    seed: 350_254,
    ops: 2_000,
    neighbours: true,
    rough: 'disks',
    why: 'what the cloud had set aside in an epoch that was read back later counted beside figures that were older',
  },
  {
    seed: 42,
    ops: 4_000,
    neighbours: true,
    rough: 'risk',
    why: 'what a till gave back of a lease under the name of a member who had been merged away was still there under the new one, and was passed on',
  },
]
