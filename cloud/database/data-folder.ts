import { randomBytes } from 'node:crypto'
import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { homedir, platform } from 'node:os'
import { join, resolve } from 'node:path'

/** Where the service keeps what is not in the database: its keys, the admin token, the embedded server's address. */
export function defaultDataFolder(env: NodeJS.ProcessEnv = process.env): string {
  switch (platform()) {
    case 'win32':
      return join(env.LOCALAPPDATA ?? join(homedir(), 'AppData', 'Local'), 'Bonusbook', 'cloud')
    case 'darwin':
      return join(homedir(), 'Library', 'Application Support', 'Bonusbook', 'cloud')
    default:
      return join(env.XDG_DATA_HOME ?? join(homedir(), '.local', 'share'), 'bonusbook', 'cloud')
  }
}

/**
 * Makes the folder where it is missing. A new or empty one becomes enterable by others (the database's user among them)
 * but not listable; what is secret in it is readable by its owner only.
 */
export async function openDataFolder(path: string): Promise<string> {
  const folder = resolve(path)
  await mkdir(folder, { recursive: true })
  if ((await readdir(folder)).length === 0) await chmod(folder, 0o711)
  return folder
}

/** A secret kept in a file that only its owner reads; made on first use. */
export async function secretFile(path: string, make = () => randomBytes(32).toString('base64url')): Promise<string> {
  try {
    return (await readFile(path, 'utf8')).trim()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
  try {
    await writeFile(path, `${make()}\n`, { mode: 0o600, flag: 'wx' })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error // another process was first: its secret counts
  }
  return (await readFile(path, 'utf8')).trim()
}
