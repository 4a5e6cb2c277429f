import { readFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { createSecureContext } from 'node:tls'
import { type TenantId, tenantId } from '../shared/ids.ts'
import { type LogLevel, makeApp } from './app.ts'
import { startCampaigns } from './campaigns/job.ts'
import { type Clock, machineClock } from './clock.ts'
import { Complaint } from './complaint.ts'
import { defaultDataFolder } from './database/data-folder.ts'
import type { EmbeddedOptions } from './database/embedded.ts'
import { startFacts } from './facts/job.ts'
import { startDayTurn } from './feed/day-turn.ts'
import { startHooks } from './hooks/job.ts'
import { type Gateway, gatewayFrom } from './messages/gateway.ts'
import { startMessages } from './messages/job.ts'
import { mailFrom } from './messages/smtp.ts'
import { publicUrlFrom } from './messages/unsubscribe.ts'
import { type OpenCloud, openCloud } from './open.ts'
import { startHolds } from './shop/job.ts'
import { startSurveys } from './surveys/job.ts'
import { startWallet } from './wallet/job.ts'
import { outsideFrom, type WalletOutside } from './wallet/outside.ts'

export interface StartOptions {
  /** Keys, the admin token and the embedded database; missing: a folder of the user's own. */
  readonly dataFolder?: string
  readonly databaseUrl?: string | undefined
  readonly embedded?: EmbeddedOptions
  readonly tenant?: string
  readonly masterKey?: string | undefined
  readonly adminToken?: string | undefined
  readonly host?: string
  /** 0: any free one. */
  readonly port?: number
  readonly tlsKeyFile?: string | undefined
  readonly tlsCertFile?: string | undefined
  readonly behindProxy?: boolean
  readonly clock?: Clock
  readonly logLevel?: LogLevel
  readonly connections?: number
  /** So long a screen waits for the latest report before it is told the one that is kept. */
  readonly reportWaitMs?: number
  /** As long as a customer may be kept for tills that are asked for their rights; missing: 400 ms. */
  readonly recallMs?: number
  /** Missing: what `BONUSBOOK_SMS_URL` or `BONUSBOOK_SMPP_URL` says. */
  readonly gateway?: Gateway
  /** Missing: what `BONUSBOOK_SMTP_URL` says. */
  readonly mail?: Gateway
  /** Missing: what `BONUSBOOK_PUBLIC_URL` says. */
  readonly publicUrl?: string
  /** Missing: the real ones, or what the environment says. */
  readonly wallet?: WalletOutside
  /** False: days bring nothing before `turnDays` is called, so that a story of the past can be told first. */
  readonly turnDays?: boolean
}

export interface RunningCloud {
  readonly url: string
  readonly db: OpenCloud['db']
  readonly adminToken: string
  /** The inside, for the demo and for tests. */
  readonly cloud: OpenCloud
  /** From now on each new day brings what the programme says; a second call changes nothing. */
  turnDays(): void
  close(): Promise<void>
}

export const DEFAULT_PORT = 47610
/** To PostgreSQL, of one service. */
export const DEFAULT_CONNECTIONS = 10
export const DEFAULT_TENANT = 'main'

/** The whole service: database, migrations, sequencer, HTTP. Closing it waits for what is being answered. */
export async function startCloud(options: StartOptions = {}): Promise<RunningCloud> {
  const host = options.host ?? '127.0.0.1'
  const tls = await tlsFrom(options)
  if (!isLoopback(host) && tls === undefined && options.behindProxy !== true) {
    throw new Complaint(
      `Beyond this computer the cloud speaks HTTPS only: give --tls-key and --tls-cert to listen on ${host}, or --behind-proxy where a proxy does that.`,
    )
  }
  let write = (what: string, error: unknown, times: number): void =>
    void process.stderr.write(`${what}${times > 1 ? ` (${times} times)` : ''}: ${error}\n`)
  let restored: (incarnation: string) => void = () => undefined
  const cloud = await openCloud({
    dataFolder: options.dataFolder ?? defaultDataFolder(),
    databaseUrl: options.databaseUrl,
    ...(options.embedded === undefined ? {} : { embedded: options.embedded }),
    tenant: parseTenant(options.tenant ?? DEFAULT_TENANT),
    masterKey: options.masterKey,
    adminToken: options.adminToken,
    clock: options.clock ?? machineClock,
    gateway: options.gateway ?? gatewayFrom(process.env),
    mail: options.mail ?? mailFrom(process.env),
    publicUrl: options.publicUrl ?? publicUrlFrom(process.env),
    wallet: options.wallet ?? outsideFrom(process.env),
    connections: options.connections ?? DEFAULT_CONNECTIONS,
    reportWaitMs: options.reportWaitMs,
    recallMs: options.recallMs,
    troublesTo: (what, error, times) => write(what, error, times),
    onRestored: (incarnation) => restored(incarnation),
  })
  const app = makeApp(cloud, {
    adminToken: cloud.adminToken,
    logLevel: options.logLevel ?? 'warn',
    ...(tls === undefined ? {} : { tls }),
    behindProxy: options.behindProxy === true,
  })
  write = (what, error, times) => app.log.error({ err: error, ...(times > 1 ? { times } : {}) }, what)
  restored = (incarnation) =>
    app.log.warn(
      { incarnation },
      'this is another database than before: tills pull from nothing and send what it lacks',
    )
  let dayTurn: ReturnType<typeof startDayTurn> | undefined
  let facts: ReturnType<typeof startFacts> | undefined
  let hooks: ReturnType<typeof startHooks> | undefined
  let messages: ReturnType<typeof startMessages> | undefined
  let asking: ReturnType<typeof startSurveys> | undefined
  let touches: ReturnType<typeof startCampaigns> | undefined
  let wallet: ReturnType<typeof startWallet> | undefined
  const holds = startHolds(cloud, cloud.trouble('holds', 'ending the holds of web shops failed'))
  const turnDays = () => {
    dayTurn ??= startDayTurn(cloud, cloud.trouble('day', 'the turn of the day failed'))
    facts ??= startFacts(cloud, cloud.trouble('facts', 'keeping facts current failed'))
    touches ??= startCampaigns(cloud, cloud.trouble('campaigns', 'making the touches of campaigns failed'))
    messages ??= startMessages(cloud, cloud.trouble('messages', 'sending messages failed'))
    wallet ??= startWallet(cloud, cloud.trouble('wallet', 'keeping wallet passes true failed'))
    asking ??= startSurveys(cloud, cloud.trouble('surveys', 'asking surveys and paying tasks failed'))
    hooks ??= startHooks(cloud, cloud.trouble('hooks', 'telling web hooks failed'))
  }
  if (options.turnDays !== false) turnDays()
  const close = async () => {
    await app.close()
    await holds.close()
    await dayTurn?.close()
    await touches?.close()
    await asking?.close()
    await messages?.close()
    await wallet?.close()
    await facts?.close()
    await hooks?.close()
    await cloud.close()
  }
  try {
    await app.listen({ host, port: options.port ?? DEFAULT_PORT })
  } catch (error) {
    await close()
    const port = options.port ?? DEFAULT_PORT
    if ((error as NodeJS.ErrnoException).syscall === undefined) throw error
    throw new Complaint(
      (error as NodeJS.ErrnoException).code === 'EADDRINUSE'
        ? `Port ${port} is taken. Choose another with --port, or 0 for any free one.`
        : `It cannot listen on ${host}:${port}: ${(error as Error).message}`,
    )
  }
  const { port } = app.server.address() as AddressInfo
  const scheme = tls === undefined ? 'http' : 'https'
  const shown = host.includes(':') ? `[${host}]` : host
  return { url: `${scheme}://${shown}:${port}`, db: cloud.db, adminToken: cloud.adminToken, cloud, turnDays, close }
}

export function parseTenant(text: string): TenantId {
  const parsed = tenantId.safeParse(text)
  if (parsed.success) return parsed.data
  throw new Complaint(`"${text}" is no tenant; small letters, digits and dashes are allowed, a letter first.`)
}

async function tlsFrom(options: StartOptions): Promise<{ key: Buffer; cert: Buffer } | undefined> {
  const { tlsKeyFile, tlsCertFile } = options
  if (tlsKeyFile === undefined && tlsCertFile === undefined) return undefined
  if (tlsKeyFile === undefined || tlsCertFile === undefined) {
    throw new Complaint('A key and a certificate belong together: give both --tls-key and --tls-cert.')
  }
  const read = (path: string) =>
    readFile(path).catch((error: Error) => {
      throw new Complaint(`${path} cannot be read: ${error.message}`)
    })
  const [key, cert] = [await read(tlsKeyFile), await read(tlsCertFile)]
  try {
    createSecureContext({ key, cert })
  } catch (error) {
    throw new Complaint(
      `${tlsKeyFile} and ${tlsCertFile} are no key and certificate that belong together (PEM): ${(error as Error).message}`,
    )
  }
  return { key, cert }
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host)
}
