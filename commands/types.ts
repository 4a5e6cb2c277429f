import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { run } from './run.ts'

/**
 * Type-checks every folder with the globals that it may use, and no others. What was right the last time and has not
 * changed is not looked at again.
 */
const folders = ['shared', 'electron', 'renderer', 'cloud', 'commands', 'test', 'bench']

const compiler = 'node_modules/typescript/bin/tsc'
const memory = 'node_modules/.cache/types'
mkdirSync(memory, { recursive: true })
const remember = (folder: string) => ['--incremental', '--tsBuildInfoFile', join(memory, `${folder}.tsbuildinfo`)]
const codes = await Promise.all(
  folders
    .filter((folder) => existsSync(`${folder}/tsconfig.json`))
    .map((folder) => run(process.execPath, [compiler, '-p', folder, ...remember(folder)])),
)
process.exitCode = Math.max(...codes)
