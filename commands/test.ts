import './compile-cache.ts'
import { run } from './run.ts'
import { CHROMIUM, ensureProgram, HEADLESS_CHROMIUM, SOCAT } from './system-packages.ts'

/** `npm test`: types, lint, build, then every test. Arguments go to the test runner: `npm test -- test/shared`. */
const steps: readonly (readonly string[])[] = [
  ['commands/types.ts'],
  ['node_modules/@biomejs/biome/bin/biome', 'check'],
  ['node_modules/electron-vite/bin/electron-vite.js', 'build', '--logLevel', 'warn'],
  ['node_modules/vitest/vitest.mjs', 'run', ...process.argv.slice(2)],
]

for (const program of [CHROMIUM, SOCAT]) await ensureProgram(program, console.log)
await ensureProgram(HEADLESS_CHROMIUM, console.log).catch(() => undefined) // where it cannot be had, Chromium itself will do
for (const step of steps) {
  const code = await run(process.execPath, step)
  if (code !== 0) {
    process.exitCode = code
    break
  }
}
