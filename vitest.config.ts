import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'

/**
 * Every test of the project, grouped by what it needs: nothing, the shell's devices, a real PostgreSQL, a real
 * Chromium, or all of them together. `npm test` runs them all.
 */
export default defineConfig({
  test: {
    reporters: ['default', './test/plain-line-reporter.ts'],
    maxWorkers: availableParallelism(), // by itself the runner leaves one idle, which is half of a small machine
    projects: [
      {
        test: {
          name: 'pure',
          include: [
            'test/*.test.ts',
            'test/{shared,commands}/**/*.test.ts',
            'test/renderer/{campaigns,core,customers,wedge}/**/*.test.ts',
          ],
          testTimeout: 180_000,
        },
      },
      {
        test: {
          name: 'simulation',
          include: ['test/simulation/*.test.ts'],
          globalSetup: ['test/cloud/postgres.ts'],
          testTimeout: 600_000,
          hookTimeout: 180_000,
        },
      },
      {
        test: { name: 'shell', include: ['test/electron/**/*.test.ts'], testTimeout: 180_000, hookTimeout: 180_000 },
      },
      {
        test: {
          name: 'cloud',
          include: ['test/cloud/**/*.test.ts'],
          globalSetup: ['test/cloud/postgres.ts'],
          testTimeout: 180_000,
          hookTimeout: 180_000,
        },
      },
      {
        test: {
          name: 'screens',
          include: ['test/renderer/screens/**/*.test.{ts,tsx}'],
          globalSetup: ['test/renderer/screens/till-page.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'end to end',
          include: ['test/e2e/**/*.test.ts'],
          globalSetup: ['test/e2e/demo-shop.ts'],
          fileParallelism: false,
          testTimeout: 180_000,
          hookTimeout: 180_000,
        },
      },
    ],
  },
})
