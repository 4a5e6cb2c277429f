import { existsSync } from 'node:fs'
import { run } from './run.ts'

/** Type-checks every folder with the globals that it may use, and no others. */
const folders = ['shared', 'electron', 'renderer', 'cloud', 'commands', 'test', 'bench']

const compiler = 'node_modules/typescript/bin/tsc'
const codes = await Promise.all(
  folders
    .filter((folder) => existsSync(`${folder}/tsconfig.json`))
    .map((folder) => run(process.execPath, [compiler, '-p', folder])),
)
process.exitCode = Math.max(...codes)
