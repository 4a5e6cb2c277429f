import { existsSync, readFileSync, renameSync } from 'node:fs'
import { isAbsolute } from 'node:path'
import { z } from 'zod'
import type { Settings, SettingsReply } from '../shared/desktop-api.ts'
import { LAN_PORT } from '../shared/lan/protocol.ts'
import { schemaErrors } from '../shared/problem.ts'
import { writeAtomically } from './atomic-file.ts'
import { placeOf } from './lan/place.ts'
import type { Log } from './log.ts'

/** What a shop sets on one till, as a file in the profile. */
const origin = z.string().refine((text) => URL.canParse(text) && new URL(text).origin === text, {
  error: 'an origin such as "https://register.example" is allowed, without a path',
})

const cloudAddress = z.string().max(300).refine(isCloudAddress, {
  error: 'an https address is allowed; http only on this machine',
})

const lanAddress = z
  .string()
  .max(300)
  .refine((text) => placeOf(text, LAN_PORT) !== undefined, {
    error: 'an address such as "192.168.0.7" or "till-2:47602" is allowed',
  })

const exchangeFolder = z.string().max(1000).refine(isAbsolute, { error: 'the whole path of a folder is allowed' })

const hidAffix = z.strictObject({
  device: z.string().min(1).max(300),
  prefix: z.string().max(16),
  suffix: z.string().max(16),
})

const serialSetting = z.strictObject({
  path: z.string().min(1).max(300),
  baudRate: z.int().min(300).max(4_000_000),
  enabled: z.boolean(),
  usb: z
    .strictObject({
      vendorId: z.string().regex(/^[0-9a-f]{4}$/),
      productId: z.string().regex(/^[0-9a-f]{4}$/),
      serialNumber: z.string().max(200).nullable(),
    })
    .nullish(),
  dataBits: z.union([z.literal(7), z.literal(8)]).optional(),
  parity: z.enum(['none', 'even', 'odd']).optional(),
  rtscts: z.boolean().optional(),
  end: z.enum(['auto', 'cr', 'lf', 'crlf', 'tab', 'stx-etx', 'silence']).optional(),
  silenceMs: z.int().min(20).max(2_000).optional(),
  prefix: z.string().max(16).optional(),
  suffix: z.string().max(16).optional(),
})

const passOnSetting = z.strictObject({
  path: z.string().min(1).max(300),
  baudRate: z.int().min(300).max(4_000_000),
  end: z.enum(['cr', 'lf', 'crlf', 'tab']),
})

/** As Electron writes keys: modifiers and one key, so that no plain letter is taken from every other program. */
const shortcut = z
  .string()
  .max(60)
  .regex(
    /^((CommandOrControl|Control|Alt|Shift|Super)\+)+([A-Z0-9]|F([1-9]|1\d|2[0-4])|Space|Insert|Home|End)$|^F([1-9]|1\d|2[0-4])$|^$/,
    {
      error: 'keys such as "Control+Shift+B" or "F12" are allowed, or nothing',
    },
  )

const fields = {
  language: z.enum(['ru', 'en']),
  dock: z.enum(['left', 'right', 'full']),
  alwaysOnTop: z.boolean(),
  cloud: cloudAddress.nullable(),
  updates: z.enum(['stable', 'beta', 'off']),
  posApi: z.strictObject({ port: z.int().min(0).max(65535), allowedOrigins: z.array(origin).max(20) }),
  exchange: z.strictObject({ folder: exchangeFolder.nullable() }),
  serial: z.array(serialSetting).max(16),
  hid: z.boolean(),
  hidAffixes: z.array(hidAffix).max(16),
  passOn: passOnSetting.nullable(),
  shortcut,
  disk: z.strictObject({ lowMegabytes: z.int().min(0).max(100_000) }),
  lan: z.strictObject({
    enabled: z.boolean(),
    port: z.int().min(0).max(65535),
    addresses: z.array(lanAddress).max(40),
  }),
  wedge: z.strictObject({
    gapMs: z.int().min(5).max(500),
    minLength: z.int().min(1).max(64),
    prefix: z.string().max(8),
    suffix: z.string().max(8),
    layout: z.enum(['us', 'as-till']).default('us'),
  }),
}

export const settingsSchema = z.strictObject(fields) satisfies z.ZodType<Settings>

export const DEFAULT_POS_PORT = 47601

export function defaultSettings(language: 'ru' | 'en'): Settings {
  return {
    language,
    dock: 'right',
    alwaysOnTop: true,
    cloud: null,
    updates: 'stable',
    posApi: { port: DEFAULT_POS_PORT, allowedOrigins: [] },
    exchange: { folder: null },
    serial: [],
    hid: true,
    hidAffixes: [],
    passOn: null,
    shortcut: 'Control+Shift+B',
    disk: { lowMegabytes: 200 },
    lan: { enabled: true, port: LAN_PORT, addresses: [] },
    wedge: { gapMs: 50, minLength: 6, prefix: '', suffix: '', layout: 'us' },
  }
}

/** HTTPS everywhere but on loopback. */
export function isCloudAddress(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { protocol, hostname } = new URL(text)
  return protocol === 'https:' || (protocol === 'http:' && /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname))
}

export interface SettingsStore {
  readonly current: () => Settings
  readonly change: (change: Partial<Settings>) => SettingsReply
}

/** A file that cannot be read is set aside, never overwritten; what still makes sense in it stays in force. */
export function openSettings(file: string, language: 'ru' | 'en', log: Log): SettingsStore {
  let settings = load(file, language, log)
  return {
    current: () => settings,
    change: (change) => {
      const parsed = settingsSchema.safeParse({ ...settings, ...change })
      if (!parsed.success) return { ok: false, errors: schemaErrors(parsed.error, { ...settings, ...change }) }
      writeAtomically(file, `${JSON.stringify(parsed.data, null, 2)}\n`)
      settings = parsed.data
      return { ok: true, settings }
    },
  }
}

function load(file: string, language: 'ru' | 'en', log: Log): Settings {
  const defaults = defaultSettings(language)
  if (!existsSync(file)) return defaults
  const stored = readJson(file)
  const whole = settingsSchema.safeParse({ ...defaults, ...(isObject(stored) ? stored : {}) })
  if (isObject(stored) && whole.success) return whole.data
  const aside = `${file}.unreadable`
  renameSync(file, aside)
  log('error', 'the settings could not be read; the file was set aside and what made sense was kept', {
    aside,
    errors: whole.success ? [] : schemaErrors(whole.error, stored),
  })
  if (!isObject(stored)) return defaults
  const kept = Object.entries(fields).flatMap(([name, schema]) => {
    const parsed = schema.safeParse(stored[name])
    return parsed.success ? [[name, parsed.data]] : []
  })
  const settings = { ...defaults, ...Object.fromEntries(kept) }
  writeAtomically(file, `${JSON.stringify(settings, null, 2)}\n`)
  return settings
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return undefined
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
