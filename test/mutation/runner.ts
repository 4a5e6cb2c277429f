import { registerHooks } from 'node:module'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { MutantCoverage } from '@stryker-mutator/api/core'
import { declareClassPlugin, PluginKind } from '@stryker-mutator/api/plugin'
import {
  type DryRunOptions,
  type DryRunResult,
  DryRunStatus,
  type MutantRunOptions,
  type MutantRunResult,
  MutantRunStatus,
  type TestResult,
  type TestRunner,
  type TestRunnerCapabilities,
  TestStatus,
} from '@stryker-mutator/api/test-runner'
import { load, type RegisteredTest, registered } from './registry.ts'
import { suites } from './suites.ts'

/**
 * A runner for Stryker that loads the suites once and then runs, for each mutant, only the tests that reach it. Through
 * Vitest every mutant costs the loading of all suites again, which takes ten times as long as most of the tests.
 *
 * A mutant may leave something behind (a cache, a half-made object) that fails tests of later ones. So a test that fails
 * has to pass at once without the mutant; where it does not, the process ends and Stryker tries that mutant in a new one.
 */
interface Instrumented {
  activeMutant?: string | undefined
  currentTestId?: string | undefined
  mutantCoverage?: MutantCoverage
  hitCount?: number | undefined
  hitLimit?: number | undefined
}

const STOOD_IN: Readonly<Record<string, string>> = {
  vitest: './vitest.ts',
  '@fast-check/vitest': './fast-check-vitest.ts',
}

const instrumented = (): Instrumented => {
  const here = globalThis as { __stryker__?: Instrumented }
  here.__stryker__ ??= {}
  return here.__stryker__
}

class SuitesOnceLoaded implements TestRunner {
  private tried = 0

  /** Mutants that only loading reaches are left out (`ignoreStatic`), so there is never anything to load again. */
  capabilities(): TestRunnerCapabilities {
    return { reloadEnvironment: true }
  }

  async init(): Promise<void> {
    registerHooks({
      resolve(specifier, context, next) {
        const instead = STOOD_IN[specifier]
        return instead === undefined ? next(specifier, context) : next(new URL(instead, import.meta.url).href, context)
      },
    })
    process.env.PROPERTY_RUNS ??= '0.05' // a share of each property's runs; suites read it while they load
    for (const path of suites()) await load(path, () => import(pathToFileURL(resolve(path)).href))
  }

  async dryRun(_options: DryRunOptions): Promise<DryRunResult> {
    const stryker = instrumented()
    const tests: TestResult[] = []
    for (const test of registered()) {
      stryker.currentTestId = test.id
      const from = performance.now()
      const failure = await failureOf(test)
      const told = { id: test.id, name: test.id, timeSpentMs: performance.now() - from }
      tests.push(
        failure === null
          ? { ...told, status: TestStatus.Success }
          : { ...told, status: TestStatus.Failed, failureMessage: failure },
      )
    }
    stryker.currentTestId = undefined
    return { status: DryRunStatus.Complete, tests, mutantCoverage: stryker.mutantCoverage! }
  }

  async mutantRun({ activeMutant, testFilter, hitLimit }: MutantRunOptions): Promise<MutantRunResult> {
    const stryker = instrumented()
    const wanted = testFilter === undefined ? null : new Set(testFilter)
    let nrOfTests = 0
    const isFirst = this.tried++ === 0
    for (const test of registered()) {
      if (wanted !== null && !wanted.has(test.id)) continue
      nrOfTests++
      Object.assign(stryker, { activeMutant: activeMutant.id, hitCount: 0, hitLimit })
      const failure = await failureOf(test)
      const isEndless = hitLimit !== undefined && stryker.hitCount! > hitLimit
      Object.assign(stryker, { activeMutant: undefined, hitCount: undefined, hitLimit: undefined })
      if (isEndless) return { status: MutantRunStatus.Timeout, reason: 'the mutant was reached too often' }
      if (failure === null) continue
      if (!isFirst && (await failureOf(test)) !== null) process.exit(1)
      return { status: MutantRunStatus.Killed, killedBy: [test.id], failureMessage: failure, nrOfTests }
    }
    return { status: MutantRunStatus.Survived, nrOfTests }
  }
}

async function failureOf({ run }: RegisteredTest): Promise<string | null> {
  try {
    await run()
    return null
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

export const strykerPlugins = [declareClassPlugin(PluginKind.TestRunner, 'suites-once-loaded', SuitesOnceLoaded)]
