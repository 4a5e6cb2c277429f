import { cpSync, mkdirSync, rmSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { join } from 'node:path'
import { build } from 'vite'

/** The shell's own main and preload, built as for release, over small pages in place of the real screens. */
const root = join(import.meta.dirname, '../..')

export async function buildShell(name: string, pages: string): Promise<string> {
  const out = join(root, 'test-output', name, 'out')
  rmSync(out, { recursive: true, force: true })
  const common = {
    root,
    configFile: false,
    logLevel: 'error',
    envFile: false,
  } as const
  const external = ['electron', 'serialport', 'node-hid', /^node:/, ...builtinModules]
  await build({
    ...common,
    build: {
      outDir: join(out, 'main'),
      emptyOutDir: true,
      ssr: 'electron/main.ts',
      target: 'node24',
      minify: false,
      rollupOptions: { external, output: { format: 'es', entryFileNames: 'index.js' } },
    },
  })
  await build({
    ...common,
    build: {
      outDir: join(out, 'preload'),
      emptyOutDir: true,
      ssr: 'electron/preload.ts',
      minify: false,
      rollupOptions: { external, output: { format: 'cjs', entryFileNames: 'preload.cjs' } },
    },
  })
  mkdirSync(join(out, 'renderer'), { recursive: true })
  cpSync(pages, join(out, 'renderer'), { recursive: true })
  return join(out, 'main/index.js')
}
