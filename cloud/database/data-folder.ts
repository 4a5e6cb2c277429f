import { randomBytes } from 'node:crypto'
import { chmod, link, mkdir, open, readdir, readFile, rm } from 'node:fs/promises'
import { homedir, platform } from 'node:os'
import { join, resolve } from 'node:path'
import { Complaint } from '../complaint.ts'

/** Where the service keeps what is not in the database: its keys, the admin token, the embedded server's address. */
export function defaultDataFolder(env: NodeJS.ProcessEnv = process.env): string {
  switch (platform()) {
    case 'win32':
      return join(env.LOCALAPPDATA || join(homedir(), 'AppData', 'Local'), 'Bonusbook', 'cloud')
    case 'darwin':
      return join(homedir(), 'Library', 'Application Support', 'Bonusbook', 'cloud')
    default:
      return join(env.XDG_DATA_HOME || join(homedir(), '.local', 'share'), 'bonusbook', 'cloud')
  }
}

/**
 * Makes the folder where it is missing. A new or empty one becomes enterable by others (the database's user among them)
 * but not listable; what is secret in it is readable by its owner only.
 */
export async function openDataFolder(path: string): Promise<string> {
  const folder = resolve(path)
  try {
    await mkdir(folder, { recursive: true })
    if ((await readdir(folder)).length === 0) await chmod(folder, 0o711)
  } catch (error) {
    throw new Complaint(`The data folder ${folder} cannot be used: ${(error as Error).message}`)
  }
  return folder
}

/**
 * A secret kept in a file that only its owner reads; made on first use. The file has its name only once the secret is on
 * the disk: neither a crash, a full disk nor another process at work leaves an empty one, which would be no secret.
 */
export async function secretFile(path: string, make = () => randomBytes(32).toString('base64url')): Promise<string> {
  const kept = await readIfThere(path)
  if (kept !== undefined) return secretOf(path, kept)
  const draft = `${path}.${randomBytes(8).toString('hex')}`
  try {
    await writeDurably(draft, `${make()}\n`)
    await link(draft, path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error // another process was first: its secret counts
  } finally {
    await rm(draft, { force: true })
  }
  return secretOf(path, await readFile(path, 'utf8'))
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    return undefined
  }
}

function secretOf(path: string, text: string): string {
  const secret = text.trim()
  if (secret !== '') return secret
  throw new Complaint(
    `${path} is empty, which is no secret. Put the right one back, or remove the file if it never held one.`,
  )
}

async function writeDurably(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx', 0o600)
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
}
