import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
// A private address of the pinned app-builder-lib: its public one begins to package at once.
import { getConfig, validateConfiguration } from 'app-builder-lib/out/util/config/config'
import { DebugLogger } from 'builder-util'
import { beforeAll, describe, expect, test } from 'vitest'

const root = join(import.meta.dirname, '../..')
type Config = Awaited<ReturnType<typeof getConfig>>
let config: Config

beforeAll(async () => {
  process.env.BONUSBOOK_UPDATES ??= 'https://updates.bonusbook.invalid'
  config = await getConfig(root, null, null)
})

describe('electron-builder.yml', () => {
  test('has the shape that electron-builder knows', async () => {
    await validateConfiguration(config, new DebugLogger(false))
  })

  test('a mistake in it would be found', async () => {
    const wrong = { ...config, nsis: { ...config.nsis, oneClock: true } } as unknown as Config
    await expect(validateConfiguration(wrong, new DebugLogger(false))).rejects.toThrow('configuration.nsis')
  })

  test('makes nsis for Windows, deb and AppImage for Linux, dmg for macOS', () => {
    const targets = (['win', 'linux', 'mac'] as const).map((system) =>
      [config[system]?.target].flat().map((one) => (typeof one === 'object' ? one?.target : one)),
    )
    expect(targets).toEqual([['nsis'], ['deb', 'AppImage'], ['dmg']])
  })

  test('blows the fuses that let someone else run in our place', () => {
    expect(config.electronFuses).toMatchObject({
      runAsNode: false,
      enableCookieEncryption: true,
      enableNodeOptionsEnvironmentVariable: false,
      enableNodeCliInspectArguments: false,
      enableEmbeddedAsarIntegrityValidation: true,
      onlyLoadAppFromAsar: true,
      grantFileProtocolExtraPrivileges: false,
    })
  })

  test('names only files that are there, and keeps the books when the program is removed', () => {
    for (const icon of [config.win?.icon, config.linux?.icon, config.mac?.icon]) {
      expect(existsSync(join(root, 'build', String(icon)))).toBe(true)
    }
    expect(existsSync(join(root, String(config.mac?.entitlements)))).toBe(true)
    expect(existsSync(join(root, String(config.deb?.fpm?.[0]?.split('=')[0])))).toBe(true)
    expect(config.nsis?.deleteAppDataOnUninstall).toBe(false)
  })

  test('leaves out no package that main loads, and unpacks those with native code', () => {
    const loaded = sources(join(root, 'electron')).flatMap((file) =>
      [...readFileSync(file, 'utf8').matchAll(/from '((?:@[^/']+\/)?[^./'][^/']*)/g)].map((match) => match[1]!),
    )
    const packages = [...new Set(loaded)].filter((name) => !name.startsWith('node:') && name !== 'electron')
    expect(packages).toContain('serialport')
    const patterns = [config.files].flat().flatMap((set) => (typeof set === 'object' ? [set?.filter].flat() : [set]))
    const left = patterns.filter((pattern): pattern is string => pattern?.startsWith('!node_modules') === true)
    expect(left.length).toBeGreaterThan(3)
    const names = left.flatMap((pattern) => /\{(.*)\}/.exec(pattern)![1]!.split(','))
    for (const name of packages) expect(names).not.toContain(name.split('/')[0])
    expect(config.asarUnpack).toContain('node_modules/@serialport/bindings-cpp/**')
  })
})

function sources(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(folder, name))
}
