import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { environmentFrom } from '../../electron/environment.ts'
import { fileLog, masked, silentLog } from '../../electron/log.ts'
import { openSecrets } from '../../electron/secrets.ts'
import { defaultSettings, openSettings } from '../../electron/settings.ts'
import { dockedBounds } from '../../electron/till-bounds.ts'
import { safeStorage } from '../electron-stand-in/nothing.ts'

const folderOf = () => mkdtempSync(join(tmpdir(), 'bonusbook-keep-'))

describe('settings', () => {
  test('a change is kept, checked as a whole, and readable by the next start', () => {
    const file = join(folderOf(), 'settings.json')
    const settings = openSettings(file, 'ru', silentLog)
    expect(settings.current()).toEqual(defaultSettings('ru'))
    const serial = [{ path: '/dev/ttyUSB0', baudRate: 9600, enabled: true }]
    expect(settings.change({ dock: 'left', serial })).toMatchObject({ ok: true, settings: { dock: 'left' } })
    expect(openSettings(file, 'ru', silentLog).current()).toEqual({ ...defaultSettings('ru'), dock: 'left', serial })
  })

  test.each([
    [{ dock: 'top' }, 'dock'],
    [{ posApi: { port: 99999, allowedOrigins: [] } }, 'posApi.port'],
    [{ posApi: { port: 1, allowedOrigins: ['https://a.example/path'] } }, 'posApi.allowedOrigins.0'],
    [{ cloud: 'http://example.com' }, 'cloud'],
    [{ serial: [{ path: '', baudRate: 9600, enabled: true }] }, 'serial.0.path'],
    [{ colour: 'red' }, 'colour'],
  ])('%j is refused with its path, and nothing changes', (change, path) => {
    const file = join(folderOf(), 'settings.json')
    const settings = openSettings(file, 'ru', silentLog)
    const reply = settings.change(change as never)
    expect(reply).toMatchObject({ ok: false, errors: [{ path }] })
    expect(settings.current()).toEqual(defaultSettings('ru'))
  })

  test('a file that makes no sense is set aside, and what does make sense in it stays in force', () => {
    const folder = folderOf()
    const file = join(folder, 'settings.json')
    const warnings: string[] = []
    const log = (_level: string, message: string) => warnings.push(message)
    writeFileSync(file, '{"dock": "left", "posApi": {"port": "x"}')
    expect(openSettings(file, 'en', log).current()).toEqual(defaultSettings('en'))
    expect(readdirSync(folder)).toContain('settings.json.unreadable')
    writeFileSync(file, '{"dock": "left", "alwaysOnTop": "sometimes", "language": "ru"}')
    expect(openSettings(file, 'en', log).current()).toEqual({ ...defaultSettings('ru'), dock: 'left' })
    expect(readFileSync(`${file}.unreadable`, 'utf8')).toContain('sometimes')
    expect(warnings.length).toBe(2)
    expect(openSettings(file, 'en', log).current().dock).toBe('left')
    expect(warnings.length).toBe(2)
  })

  test('a field that an older app did not have takes its default without a fuss', () => {
    const file = join(folderOf(), 'settings.json')
    const { wedge: _, ...older } = defaultSettings('en')
    writeFileSync(file, JSON.stringify(older))
    expect(openSettings(file, 'en', silentLog).current()).toEqual(defaultSettings('en'))
  })
})

describe('secrets', () => {
  const keychain = {
    isEncryptionAvailable: () => true,
    getSelectedStorageBackend: () => 'gnome_libsecret' as const,
    encryptString: (text: string) => Buffer.from(text).reverse(),
    decryptString: (bytes: Buffer) => Buffer.from(bytes).reverse().toString(),
  }

  test('are sealed where there is a keychain, and what was plain before is sealed when one comes', () => {
    const folder = folderOf()
    const warnings: string[] = []
    const log = (_level: string, message: string) => warnings.push(message)
    openSecrets(folder, safeStorage, log).write('key', 'hush')
    expect(warnings[0]).toContain('no keychain')
    const sealed = openSecrets(folder, keychain, log)
    expect(sealed.read('key')).toBe('hush')
    expect(readdirSync(folder)).toEqual(['key.sealed'])
    expect(readFileSync(join(folder, 'key.sealed'), 'utf8')).not.toContain('hush')
    expect(sealed.read('key')).toBe('hush')
    sealed.remove('key')
    expect(sealed.read('key')).toBeNull()
  })

  test('a keychain that only pretends (Linux without one) is none', () => {
    if (process.platform !== 'linux') return
    const folder = folderOf()
    const pretender = { ...keychain, getSelectedStorageBackend: () => 'basic_text' as const }
    openSecrets(folder, pretender, silentLog).write('key', 'hush')
    expect(readdirSync(folder)).toEqual(['key.plain'])
  })
})

describe('the environment', () => {
  test('is read once, and a mistake names the variable', () => {
    const read = environmentFrom({
      BONUSBOOK_HEADLESS: '1',
      BONUSBOOK_POS_PORT: '0',
      BONUSBOOK_SERIAL: '/dev/ttyS0@115200,COM3',
      BONUSBOOK_CLOUD: 'http://127.0.0.1:1',
      BONUSBOOK_ENROL_CODE: 'X',
    })
    expect(read).toMatchObject({
      headless: true,
      posPort: 0,
      cloud: 'http://127.0.0.1:1',
      enrolCode: 'X',
      window: true,
      announce: false,
    })
    expect(read.serial.map(({ path, baudRate }) => [path, baudRate])).toEqual([
      ['/dev/ttyS0', 115200],
      ['COM3', 9600],
    ])
    expect(() => environmentFrom({ BONUSBOOK_POS_PORT: 'many' })).toThrow('BONUSBOOK_POS_PORT')
    expect(environmentFrom({ BONUSBOOK_CLOUD: ' ' })).toMatchObject({ cloud: null, enrolCode: null })
  })

  test.each([
    ['BONUSBOOK_SERIAL', 'COM3@abc', 'COM3@abc'],
    ['BONUSBOOK_SERIAL', '/dev/ttyS0, COM3@12', 'COM3@12'],
    ['BONUSBOOK_SERIAL', '@9600', '@9600'],
    ['BONUSBOOK_LAN', 'till-2:47602,http://till 3', 'http://till 3'],
    ['BONUSBOOK_LAN', 'till-2:70000', 'till-2:70000'],
  ])('%s=%s is refused with what was found and what is allowed', (name, value, found) => {
    const mistake = () => environmentFrom({ [name]: value })
    expect(mistake).toThrow(`${name}: found "${found}"; `)
    expect(mistake).toThrow('is allowed')
  })

  test('the tills of the shop are told by name or address, or kept off', () => {
    expect(environmentFrom({ BONUSBOOK_LAN: 'till-2, 192.168.0.7:47602' }).lan).toEqual(['till-2', '192.168.0.7:47602'])
    expect(environmentFrom({ BONUSBOOK_LAN: '0' }).lan).toBe('off')
  })
})

describe('the log', () => {
  test('never holds a whole card number or phone', () => {
    const folder = folderOf()
    fileLog(folder, () => new Date(0))('warn', 'scan 4111111111111111', { phone: '+79001234567', port: 47601 })
    const text = readFileSync(join(folder, 'till.log'), 'utf8')
    expect(text).not.toMatch(/4111111|79001234/)
    expect(text).toContain('47601')
    expect(masked('a 1234567890 b')).toBe('a …90 b')
  })
})

test('the window docks at the side that is set, never wider than the screen', () => {
  const area = { x: 100, y: 20, width: 1920, height: 1000 }
  expect(dockedBounds(area, 'left')).toEqual({ x: 100, y: 20, width: 440, height: 1000 })
  expect(dockedBounds(area, 'right')).toEqual({ x: 1580, y: 20, width: 440, height: 1000 })
  expect(dockedBounds(area, 'full')).toEqual(area)
  expect(dockedBounds({ ...area, width: 300 }, 'right')).toEqual({ ...area, width: 300 })
})
