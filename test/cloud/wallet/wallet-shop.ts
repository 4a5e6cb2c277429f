import { createSecureServer, type Http2SecureServer, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2'
import type { AddressInfo } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { unzipSync } from 'fflate'
import { afterEach } from 'vitest'
import { bringFactsUp } from '../../../cloud/facts/keep.ts'
import type { StartOptions } from '../../../cloud/start.ts'
import { walletLink } from '../../../cloud/wallet/link.ts'
import { realOutside } from '../../../cloud/wallet/outside.ts'
import { openPusher, type Pusher } from '../../../cloud/wallet/push.ts'
import { refreshPasses } from '../../../cloud/wallet/refresh.ts'
import type { Profile } from '../../../shared/ledger/entry.ts'
import type { ProgrammeDocument } from '../../../shared/programme/schema.ts'
import { plainProgramme, saleBody } from '../receipts.ts'
import { type Body, enrolment, type TestCloud, TestTill, testCloud } from '../rig.ts'
import { type Authority, authority, PASS_SUBJECT, PASS_TYPE } from './authority.ts'

/** A shop that gives wallet passes, on a real PostgreSQL; phones, and an APNs of its own over HTTP/2 and TLS. */

export const START = Date.parse('2026-03-02T09:00:00Z')
export const MINUTE_MS = 60_000
export const DAY_MS = 86_400_000
export const PUBLIC_URL = 'https://bonus.cafe.example'

export const closers: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

let made: Authority | undefined
/** One for a file: keys take their time. */
export const issuer = (): Authority => {
  made ??= authority()
  return made
}
let passPair: ReturnType<Authority['issue']> | undefined
export const applePart = () => {
  passPair ??= issuer().issue(PASS_SUBJECT)
  return { ...passPair, intermediate: issuer().certificate }
}

export interface Pushed {
  readonly token: string
  readonly topic: string
  readonly body: string
  /** Whom the client's certificate names. */
  readonly client: string
}

type Answer = (stream: ServerHttp2Stream, pushed: Pushed, session: ServerHttp2Session) => void
export const takes: Answer = (stream) => {
  stream.respond({ ':status': 200 })
  stream.end()
}
export const says =
  (status: number, reason: string): Answer =>
  (stream) => {
    stream.respond({ ':status': status, 'content-type': 'application/json' })
    stream.end(JSON.stringify({ reason }))
  }

/** APNs as far as passes need it: it asks for the pass certificate, and answers as it is told. */
export async function apnsServer(answer: Answer = takes) {
  const server: Http2SecureServer = createSecureServer({
    ...serverPair(),
    ca: issuer().certificate,
    requestCert: true,
    rejectUnauthorized: true,
  })
  const pushes: Pushed[] = []
  const sessions = new Set<ServerHttp2Session>()
  const apns = { pushes, answer, connections: 0, url: '' }
  server.on('session', (session) => {
    apns.connections += 1
    sessions.add(session)
    session.on('error', () => undefined)
  })
  server.on('stream', (stream, headers) => {
    stream.on('error', () => undefined)
    let body = ''
    stream.setEncoding('utf8')
    stream.on('data', (part: string) => {
      body += part
    })
    stream.on('end', () => {
      if (stream.session === undefined) return // broken off meanwhile
      const socket = stream.session.socket as TLSSocket
      const client = String(socket.getPeerCertificate().subject?.CN)
      const path = String(headers[':path'])
      const pushed = { token: path.replace('/3/device/', ''), topic: String(headers['apns-topic']), body, client }
      pushes.push(pushed)
      apns.answer(stream, pushed, stream.session as ServerHttp2Session)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closers.push(() => {
    for (const session of sessions) session.destroy()
    server.close()
  })
  apns.url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`
  return apns
}

let pair: { cert: string; key: string } | undefined
function serverPair() {
  if (pair === undefined) {
    const { certificate: cert, key } = issuer().issue('/CN=apns.test', { kind: 'server' })
    pair = { cert, key }
  }
  return pair
}

export const outside = (urls: { apns?: string; google?: string; googleSave?: string; withinMs?: number } = {}) => ({
  ...realOutside,
  apns: 'https://127.0.0.1:1',
  google: 'http://127.0.0.1:1',
  apnsAuthority: issuer().certificate,
  ...urls,
})

export class WalletShop {
  now = START
  cloud!: TestCloud
  till!: TestTill
  private pusher!: Pusher
  private document = plainProgramme
  private count = 0

  static async open(options: StartOptions = {}, settings: object = {}, document: ProgrammeDocument = plainProgramme) {
    const shop = new WalletShop()
    shop.document = document
    shop.cloud = await testCloud({
      clock: () => new Date(shop.now),
      turnDays: false,
      publicUrl: PUBLIC_URL,
      wallet: outside(),
      ...options,
    })
    closers.push(() => shop.cloud.close())
    await shop.cloud.admin('POST', 'programmes', document)
    shop.till = await TestTill.enrolled(shop.cloud, 'A', '1')
    const set = await shop.cloud.admin('PUT', 'wallet', {
      organisation: 'Corner Café',
      apple: applePart(),
      ...settings,
    })
    if (set.status !== 200) throw new Error(JSON.stringify(set.body))
    shop.pusher = openPusher(shop.cloud.cloud)
    closers.push(() => shop.pusher.close())
    return shop
  }

  private get at(): string {
    return new Date(this.now).toISOString()
  }

  async enrol(member: string, profile?: Profile): Promise<void> {
    const body = enrolment(member, `c-${member}`, profile)
    await this.till.push([this.till.write(body, { at: this.at, ...(profile === undefined ? {} : { profile }) })])
  }

  async buys(member: string, amount = 90_000n): Promise<void> {
    this.count += 1
    await this.till.open()
    const { document, at } = this
    const who = { id: member, card: `c-${member}` }
    const body = saleBody({ receipt: `r${this.count}`, amount, outlet: 'A', at, member: who, document })
    await this.till.push([this.till.write(body, { at })])
  }

  /** What was booked is numbered and looked at; the answer is how many passes changed. */
  async refresh(): Promise<number> {
    this.cloud.cloud.feed.wake()
    await this.cloud.cloud.feed.settled()
    await bringFactsUp(this.cloud.cloud)
    return refreshPasses(this.cloud.cloud)
  }

  push(): Promise<number> {
    return this.pusher.push()
  }

  /** A member's own link, on the server of this test. */
  link(member: string): string {
    return walletLink(this.cloud.cloud, member)!.replace(PUBLIC_URL, this.cloud.url)
  }

  /** A phone that opens the member's link and adds the pass. */
  async phone(member: string, name = `phone-${member}`): Promise<Phone> {
    const reply = await fetch(`${this.link(member)}/apple.pkpass`)
    if (reply.status !== 200) throw new Error(`${reply.status} ${await reply.text()}`)
    const phone = new Phone(this.cloud.url, name, Buffer.from(await reply.arrayBuffer()))
    await phone.register()
    return phone
  }
}

/** What Wallet does on a phone, by Apple's protocol. */
export class Phone {
  tag = ''
  modified = ''
  pass: Body
  private readonly url: string
  readonly name: string
  readonly token: string

  constructor(url: string, name: string, file: Buffer) {
    this.url = url
    this.name = name
    this.token = Buffer.from(name).toString('hex')
    this.pass = passIn(file)
  }

  private get headers() {
    return { authorization: `ApplePass ${this.pass.authenticationToken}` }
  }

  private get place(): string {
    return `${this.url}/wallet/apple/v1/devices/${this.name}/registrations/${PASS_TYPE}`
  }

  async register(headers: Record<string, string> = this.headers): Promise<number> {
    const reply = await fetch(`${this.place}/${this.pass.serialNumber}`, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body: JSON.stringify({ pushToken: this.token }),
    })
    return reply.status
  }

  async unregister(headers: Record<string, string> = this.headers): Promise<number> {
    return (await fetch(`${this.place}/${this.pass.serialNumber}`, { method: 'DELETE', headers })).status
  }

  /** The serial numbers that have changed since the last time. */
  async changed(): Promise<readonly string[]> {
    const reply = await fetch(`${this.place}?passesUpdatedSince=${this.tag}`)
    if (reply.status === 204) return []
    const { serialNumbers, lastUpdated } = (await reply.json()) as Body
    this.tag = lastUpdated
    return serialNumbers
  }

  /** Fetches the newest pass; the answer's status. */
  async fetch(headers: Record<string, string> = this.headers): Promise<number> {
    const reply = await fetch(`${this.url}/wallet/apple/v1/passes/${PASS_TYPE}/${this.pass.serialNumber}`, {
      headers: { ...headers, ...(this.modified === '' ? {} : { 'if-modified-since': this.modified }) },
    })
    const file = Buffer.from(await reply.arrayBuffer())
    if (reply.status !== 200) return reply.status
    this.modified = reply.headers.get('last-modified')!
    this.pass = passIn(file)
    return 200
  }

  /** What it does when it is pushed to. */
  async wake(): Promise<void> {
    if ((await this.changed()).includes(this.pass.serialNumber)) await this.fetch()
  }

  /** What the fields say, by their keys. */
  get fields(): Record<string, string> {
    const { primaryFields, secondaryFields, backFields } = this.pass.storeCard
    return Object.fromEntries(
      [...primaryFields, ...secondaryFields, ...backFields].map(({ key, value }: Body) => [key, value]),
    )
  }
}

export const filesIn = (file: Buffer): Record<string, Buffer> =>
  Object.fromEntries(Object.entries(unzipSync(file)).map(([name, bytes]) => [name, Buffer.from(bytes)]))
const passIn = (file: Buffer): Body => JSON.parse(filesIn(file)['pass.json']!.toString())
