import { defineConfig } from 'vitest/config'

/** What runs against each mutant: the tests of the calculation and the ledger, without the slow sweeps. */
export default defineConfig({
  test: { include: ['test/shared/**/*.test.ts'], testTimeout: 60_000 },
})
