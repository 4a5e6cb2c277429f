import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { SafeStorage } from 'electron'
import { writeAtomically } from './atomic-file.ts'
import type { Log } from './log.ts'

/** Small secrets of this till, each a file of its own, encrypted by the system's keychain where there is one. */
export interface Secrets {
  /** null: there is none, or the system does not open it any more. Never throws: a till sells without its secrets. */
  readonly read: (name: string) => string | null
  readonly write: (name: string, secret: string) => void
  readonly remove: (name: string) => void
}

type Keychain = Pick<
  SafeStorage,
  'isEncryptionAvailable' | 'getSelectedStorageBackend' | 'encryptString' | 'decryptString'
>

export function openSecrets(folder: string, keychain: Keychain, log: Log): Secrets {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const sealed = (name: string) => join(folder, `${name}.sealed`)
  const plain = (name: string) => join(folder, `${name}.plain`)
  const canSeal = () =>
    keychain.isEncryptionAvailable() &&
    !(process.platform === 'linux' && keychain.getSelectedStorageBackend() === 'basic_text')

  function write(name: string, secret: string): void {
    if (canSeal()) {
      writeAtomically(sealed(name), keychain.encryptString(secret))
      rmSync(plain(name), { force: true })
      return
    }
    log('warn', 'this system has no keychain: a secret is kept in a file that only this user may read', { name })
    writeAtomically(plain(name), secret)
    rmSync(sealed(name), { force: true }) // an older one, which would be read first
  }

  /** A keychain that was emptied, or that belongs to another user or machine, opens nothing that was sealed before. */
  function opened(name: string): string | null {
    try {
      return keychain.decryptString(readFileSync(sealed(name)))
    } catch (error) {
      log('error', 'the keychain of this system does not open a secret', { name, error: String(error) })
      return null
    }
  }

  /** A keychain has come since: where it takes nothing now, it does at another start. */
  function seal(name: string, secret: string): void {
    try {
      write(name, secret)
    } catch (error) {
      log('warn', 'a secret could not be given to the keychain', { name, error: String(error) })
    }
  }

  return {
    read: (name) => {
      if (existsSync(sealed(name))) return opened(name)
      if (!existsSync(plain(name))) return null
      const secret = readFileSync(plain(name), 'utf8')
      if (canSeal()) seal(name, secret)
      return secret
    },
    write,
    remove: (name) => {
      rmSync(sealed(name), { force: true })
      rmSync(plain(name), { force: true })
    },
  }
}
