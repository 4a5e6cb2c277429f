import type { Reporter, TestModule } from 'vitest/node'

/** Ends the output with the plain line `N passed, N failed` (`, N skipped`), which tools of any kind can read. */
export default class PlainLineReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const count = { passed: 0, failed: errors.length, skipped: 0 }
    for (const module of modules) {
      const before = count.failed
      for (const test of module.children.allTests()) {
        const state = test.result().state
        if (state === 'passed' || state === 'failed') count[state] += 1
        else count.skipped += 1
      }
      if (module.state() === 'failed' && count.failed === before) count.failed += 1 // a file that would not even load
    }
    const skipped = count.skipped > 0 ? `, ${count.skipped} skipped` : ''
    process.on('exit', () => process.stdout.write(`\n${count.passed} passed, ${count.failed} failed${skipped}\n`))
  }
}
