import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import react from '@vitejs/plugin-react'
import { build } from 'vite'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  export interface ProvidedContext {
    /** The folder of the built till page. */
    tillPage: string
  }
}

const root = resolve(import.meta.dirname, '../../..')

/** Global set-up: the till page is built once for all files of tests that open it. */
export default async function setup(project: TestProject): Promise<() => void> {
  mkdirSync(join(root, 'test-output'), { recursive: true })
  const built = mkdtempSync(join(root, 'test-output', 'till-page-')) // two runs may go on side by side
  await build({
    configFile: false,
    root: join(root, 'renderer'),
    logLevel: 'error',
    plugins: [react()],
    build: { outDir: built, emptyOutDir: true, rollupOptions: { input: join(root, 'renderer', 'till.html') } },
  })
  project.provide('tillPage', built)
  return () => rmSync(built, { recursive: true })
}
