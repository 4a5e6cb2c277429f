import { parseArgs } from 'node:util'
import { Complaint } from './complaint.ts'
import { defaultDataFolder } from './database/data-folder.ts'
import { DEFAULT_CONNECTIONS, DEFAULT_PORT, DEFAULT_TENANT, type StartOptions } from './start.ts'

/** What the command line and the environment say, in one place. */
const flags = {
  data: { type: 'string' },
  tenant: { type: 'string' },
  host: { type: 'string' },
  port: { type: 'string' },
  'tls-key': { type: 'string' },
  'tls-cert': { type: 'string' },
  'behind-proxy': { type: 'boolean' },
  demo: { type: 'boolean' },
  'demo-seed': { type: 'string' },
  log: { type: 'string' },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
  rebuild: { type: 'boolean' },
  outlet: { type: 'string' },
  till: { type: 'string' },
  member: { type: 'string' },
  card: { type: 'string' },
  phone: { type: 'string' },
  tier: { type: 'string' },
  into: { type: 'string' },
  with: { type: 'string' },
  receipt: { type: 'string' },
  reason: { type: 'string' },
  by: { type: 'string' },
  map: { type: 'string' },
  zone: { type: 'string' },
  rejects: { type: 'string' },
  encoding: { type: 'string' },
  days: { type: 'string' },
  seed: { type: 'string' },
  at: { type: 'string' },
  unit: { type: 'string' },
  settings: { type: 'string' },
  members: { type: 'string' },
} as const

type Switch = 'json' | 'help' | 'demo' | 'rebuild'
type TextFlag = Exclude<keyof typeof flags, Switch | 'behind-proxy'>

export interface CommandLine {
  readonly command: string | undefined
  readonly rest: readonly string[]
  readonly flags: Partial<Record<TextFlag, string>> & Readonly<Record<Switch, boolean>>
  readonly start: StartOptions
}

export function readCommandLine(args: readonly string[], env: NodeJS.ProcessEnv = process.env): CommandLine {
  let values: Record<string, string | boolean | undefined>
  let positionals: string[]
  try {
    const read = parseArgs({ args: [...args], options: flags, allowPositionals: true })
    values = read.values
    positionals = read.positionals
  } catch (error) {
    throw new Complaint(`${(error as Error).message.split('. ')[0]}. Try --help.`)
  }
  const texts = Object.fromEntries(Object.entries(values).filter(([, value]) => typeof value === 'string'))
  const given = texts as Partial<Record<TextFlag, string>>
  const set = (name: string) => env[name]?.trim() || undefined
  if (given.data === '') throw new Complaint('--data: found nothing; a folder is allowed.')
  return {
    command: positionals[0],
    rest: positionals.slice(1),
    flags: {
      ...given,
      json: values.json === true,
      help: values.help === true,
      demo: values.demo === true,
      rebuild: values.rebuild === true,
    },
    start: {
      dataFolder: given.data ?? set('BONUSBOOK_DATA') ?? defaultDataFolder(env),
      databaseUrl: set('DATABASE_URL'),
      tenant: given.tenant ?? set('BONUSBOOK_TENANT') ?? DEFAULT_TENANT,
      masterKey: set('BONUSBOOK_MASTER_KEY'),
      adminToken: set('BONUSBOOK_ADMIN_TOKEN'),
      connections: connectionsFrom(set('BONUSBOOK_CONNECTIONS')),
      host: given.host ?? '127.0.0.1',
      port: portFrom(given.port),
      tlsKeyFile: given['tls-key'],
      tlsCertFile: given['tls-cert'],
      behindProxy: values['behind-proxy'] === true,
      logLevel: levelFrom(given.log),
    },
  }
}

function portFrom(text: string | undefined): number {
  if (text === undefined) return DEFAULT_PORT
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN
  if (port >= 0 && port <= 65_535) return port
  throw new Complaint(`--port ${text}: a number from 0 to 65535 is expected.`)
}

const CONNECTIONS_MIN = 4
const CONNECTIONS_MAX = 500

function connectionsFrom(text: string | undefined): number {
  if (text === undefined) return DEFAULT_CONNECTIONS
  const connections = /^\d{1,3}$/.test(text) ? Number(text) : Number.NaN
  if (connections >= CONNECTIONS_MIN && connections <= CONNECTIONS_MAX) return connections
  throw new Complaint(
    `BONUSBOOK_CONNECTIONS: found "${text}"; a whole number from ${CONNECTIONS_MIN} to ${CONNECTIONS_MAX} is allowed.`,
  )
}

function levelFrom(text: string | undefined): NonNullable<StartOptions['logLevel']> {
  const levels = ['silent', 'error', 'warn', 'info', 'debug'] as const
  const level = levels.find((known) => known === (text ?? 'warn'))
  if (level === undefined) throw new Complaint(`--log ${text}: one of ${levels.join(', ')} is expected.`)
  return level
}
