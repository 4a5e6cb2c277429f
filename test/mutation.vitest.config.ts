import { defineConfig } from 'vitest/config'

/**
 * What runs against each mutant: the tests of the calculation and the ledger with a tenth of each sweep, without those
 * that read the source as text, look at a watch or need the other folders.
 */
export default defineConfig({
  test: {
    include: ['test/shared/**/*.test.ts'],
    exclude: [
      'test/shared/floating.test.ts',
      'test/shared/quote/speed.test.ts',
      'test/shared/{identification,segments,campaigns,pos-api}/**',
    ],
    env: { PROPERTY_RUNS: '0.1' },
    testTimeout: 60_000,
  },
})
