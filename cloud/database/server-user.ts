import { spawnSync } from 'node:child_process'
import { Complaint } from '../complaint.ts'

/** Where root puts the database's binaries and data when the usual folders cannot be entered by its user. */
export const SYSTEM_FOLDER = '/var/lib/bonusbook'

/** Who runs PostgreSQL: ourselves, or, since it refuses root, a system user of that name. */
export interface ServerUser {
  readonly ids: { readonly uid: number; readonly gid: number } | undefined
}

const NAME = 'postgres'

export function serverUser(): ServerUser {
  if (process.getuid?.() !== 0) return { ids: undefined }
  const known = idsOf(NAME)
  if (known !== undefined) return { ids: known }
  const made = spawnSync(
    'useradd',
    ['--system', '--user-group', '--no-create-home', '--shell', '/usr/sbin/nologin', NAME],
    {
      encoding: 'utf8',
    },
  )
  const ids = idsOf(NAME)
  if (ids === undefined) {
    throw new Complaint(
      `PostgreSQL does not run as root and a user "${NAME}" could not be made (${made.stderr?.trim() || made.error?.message}). ` +
        `Make that user, run as another one, or name a server in DATABASE_URL.`,
    )
  }
  return { ids }
}

function idsOf(name: string): { uid: number; gid: number } | undefined {
  const uid = Number.parseInt(spawnSync('id', ['-u', name], { encoding: 'utf8' }).stdout ?? '', 10)
  const gid = Number.parseInt(spawnSync('id', ['-g', name], { encoding: 'utf8' }).stdout ?? '', 10)
  return Number.isInteger(uid) && Number.isInteger(gid) ? { uid, gid } : undefined
}

/** Asked of the system itself, as that user: parents, links and access lists are all in the answer. */
export function userCanRun(user: ServerUser, binary: string): boolean {
  return spawnSync(binary, ['--version'], { cwd: '/', stdio: 'ignore', ...user.ids }).status === 0
}

export function userCanEnter(user: ServerUser, folder: string): boolean {
  if (user.ids === undefined) return true
  return spawnSync('/bin/sh', ['-c', 'cd "$1"', 'sh', folder], { cwd: '/', stdio: 'ignore', ...user.ids }).status === 0
}
