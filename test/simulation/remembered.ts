/** Runs that once broke a promise. Each stays here with a sentence: what was wrong then. */
export const seedsThatOnceFailed: readonly { readonly seed: number; readonly ops: number; readonly why: string }[] = [
  { seed: 50, ops: 1_000, why: 'a member who left the counter while their figures were read again stopped the core' },
  {
    seed: 23,
    ops: 1_200,
    why: 'two tills asked at one moment where nothing is redeemed offline, and both were told yes',
  },
  {
    seed: 2107,
    ops: 500,
    why: 'with a slow disk a till wrote its own word of whom it had enrolled over what the cloud had said already',
  },
]
