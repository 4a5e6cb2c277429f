import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { problemCode } from '../../electron/cloud-http.ts'
import { type CloudLink, createCloudLink } from '../../electron/cloud-link.ts'
import { cloudProxy } from '../../electron/cloud-proxy.ts'
import { deviceKey } from '../../electron/device-key.ts'
import { enrolTill, readIdentity } from '../../electron/identity.ts'
import { silentLog } from '../../electron/log.ts'
import { ORIGIN } from '../../electron/origin.ts'
import { openSecrets, type Secrets } from '../../electron/secrets.ts'
import { safeStorage } from '../electron-stand-in/nothing.ts'
import { type SigningCloud, signingCloud } from './signing-cloud.ts'

let cloud: SigningCloud
let folder: string
let secrets: Secrets
let link: CloudLink

const joinCloud = (code = cloud.code, address = cloud.address) =>
  enrolTill({ file: join(folder, 'identity.json'), cloud: address, code, secrets, fetch })

beforeEach(async () => {
  cloud = await signingCloud()
  folder = mkdtempSync(join(tmpdir(), 'bonusbook-link-'))
  secrets = openSecrets(join(folder, 'secrets'), safeStorage, silentLog)
  const joined = await joinCloud()
  if (!joined.ok) throw new Error(joined.message)
  const { identity } = joined
  link = createCloudLink({ address: () => cloud.address, identity, key: deviceKey(secrets)!, app: '1.0', fetch })
})
afterEach(() => cloud.close().catch(() => {}))

describe('joining', () => {
  test('keeps who it is and a key that only this user may read', () => {
    const file = join(folder, 'identity.json')
    expect(readIdentity(file)).toEqual({
      tenant: 'demo',
      device: 'till-1',
      epoch: 1,
      outlet: 'A',
      till: 'Till 1',
      cloud: cloud.address,
    })
    expect(statSync(file).mode & 0o077).toBe(0)
    expect(statSync(join(folder, 'secrets', 'device-key.plain')).mode & 0o077).toBe(0)
    expect(readFileSync(file, 'utf8')).not.toContain('PRIVATE')
  })

  test('a second time is refused; a damaged identity is never taken for a new till', async () => {
    expect(await joinCloud()).toMatchObject({ ok: false, reason: 'already_enrolled' })
    writeFileSync(join(folder, 'identity.json'), '{"tenant":')
    expect(() => readIdentity(join(folder, 'identity.json'))).toThrow()
  })

  test('each failure has its reason, and the same key is used when it is tried again', async () => {
    folder = mkdtempSync(join(tmpdir(), 'bonusbook-link-'))
    secrets = openSecrets(join(folder, 'secrets'), safeStorage, silentLog)
    expect(await joinCloud('WRONG-CODE')).toMatchObject({ ok: false, reason: 'bad_code' })
    expect(await joinCloud(cloud.code, 'http://example.com')).toMatchObject({ ok: false, reason: 'bad_address' })
    expect(await joinCloud(cloud.code, 'not an address')).toMatchObject({ ok: false, reason: 'bad_address' })
    expect(await joinCloud(cloud.code, 'http://127.0.0.1:1')).toMatchObject({ ok: false, reason: 'unreachable' })
    const key = deviceKey(secrets)?.export({ type: 'pkcs8', format: 'pem' })
    expect(await joinCloud()).toMatchObject({ ok: true })
    expect(deviceKey(secrets)?.export({ type: 'pkcs8', format: 'pem' })).toBe(key)
  })
})

describe('requests', () => {
  test('are signed, counted, and packed when they are big; the signature is over the text', async () => {
    const big = JSON.stringify({ items: 'Ж'.repeat(200_000) })
    expect((await link.post('push', big)).status).toBe(200)
    expect((await link.post('pull', '{"cursor":null}')).status).toBe(200)
    expect(cloud.heard.map(({ path, counter, packed }) => [path, counter, packed])).toEqual([
      ['/sync/v1/push', 1, true],
      ['/sync/v1/pull', 2, false],
    ])
    expect(cloud.heard[0]?.body).toBe(big)
    expect(cloud.sessions()).toBe(1)
  })

  test('at the same time arrive in the order of their counter', async () => {
    const replies = await Promise.all([...Array(20).keys()].map((n) => link.post('pull', String(n))))
    expect(replies.every((reply) => reply.status === 200)).toBe(true)
    expect(cloud.heard.map(({ body }) => Number(body))).toEqual([...Array(20).keys()])
  })

  test('of a customer at the counter do not wait behind a backlog', async () => {
    await Promise.all([link.post('pull', '{}'), link.post('member', '{}')])
    cloud.hold(100)
    const done: string[] = []
    await Promise.all([
      link.post('push', '1').then(() => done.push('push')),
      link.post('push', '2').then(() => done.push('push')),
      link.post('push', '3').then(() => done.push('push')),
      link.post('member', '{}').then(() => done.push('member')),
    ])
    expect(done.indexOf('member')).toBeLessThan(2)
  })

  test('a session that the cloud forgot is opened again, once', async () => {
    await link.post('pull', '{}')
    cloud.forgetSessions()
    expect((await link.post('pull', '{}')).status).toBe(200)
    expect(cloud.sessions()).toBe(2)
    cloud.next(401, { type: 't', title: 't', status: 401, code: 'replayed' })
    cloud.next(401, { type: 't', title: 't', status: 401, code: 'session_expired' })
    expect(problemCode(await link.post('pull', '{}'))).toBe('session_expired')
    expect(cloud.sessions()).toBe(3)
  })

  test('opening a session gives what the cloud says about this stream', async () => {
    const reply = await link.openSession()
    expect(JSON.parse(reply.body)).toMatchObject({ incarnation: 'i', high: 0 })
  })

  test('problems of the cloud pass through as they are', async () => {
    const conflict = { type: 't', title: 'gap', status: 409, code: 'gap', high: 5, head: 'a', incarnation: 'i' }
    cloud.next(409, conflict)
    const reply = await link.post('push', '{}')
    expect([reply.status, JSON.parse(reply.body)]).toEqual([409, conflict])
    cloud.next(503, { type: 't', title: 'busy', status: 503, code: 'overloaded' }, { 'retry-after': '7' })
    expect(await link.post('push', '{}')).toMatchObject({ status: 503, retryAfter: '7' })
  })

  test('no network, and a portal that answers in its place, are both unreachable', async () => {
    cloud.next(200, '<html>Please sign in</html>', { 'content-type': 'text/html' })
    expect(problemCode(await link.post('pull', '{}'))).toBe('unreachable')
    cloud.next(302, '', { location: 'http://127.0.0.1:1/' })
    expect(problemCode(await link.post('pull', '{}'))).toBe('unreachable')
    await cloud.close()
    const reply = await link.post('pull', '{}')
    expect([reply.status, problemCode(reply)]).toEqual([502, 'unreachable'])
  })
})

describe('joining on a disk that takes nothing', () => {
  const asking: string[] = []
  /** A machine that has not joined yet; `blocked` names what its disk does not take. */
  async function joining(code: string, blocked: string | null, at = mkdtempSync(join(tmpdir(), 'bonusbook-join-'))) {
    const obstacle = blocked === null ? null : join(at, `${blocked}.${process.pid}.draft`)
    if (obstacle !== null) mkdirSync(obstacle, { recursive: true })
    const kept = openSecrets(join(at, 'secrets'), safeStorage, silentLog)
    const heard: typeof fetch = async (url, init) => {
      asking.push(JSON.parse(String(init?.body)).publicKey)
      return await fetch(url, init)
    }
    const reply = await enrolTill({
      file: join(at, 'identity.json'),
      cloud: cloud.address,
      code,
      secrets: kept,
      fetch: heard,
    })
    if (obstacle !== null) rmSync(obstacle, { recursive: true })
    return { at, reply }
  }

  test.each(['identity.json.room', 'secrets/device-key.plain', 'secrets/joining.plain'])(
    '[S28] on a disk that takes no %s the code is not spent, and works when there is room',
    async (blocked) => {
      const before = asking.length
      const { at, reply } = await joining(cloud.code, blocked)
      expect([reply.ok, !reply.ok && reply.reason, asking.length - before]).toEqual([false, 'cannot_save', 0])
      expect(readIdentity(join(at, 'identity.json'))).toBeNull()
      expect((await joining(cloud.code, null, at)).reply.ok).toBe(true)
      expect(readdirSync(at).sort()).toEqual(['identity.json', 'secrets'])
    },
  )

  test('[S28] what the cloud granted and the disk did not take is asked for again with the same code and key', async () => {
    const { at, reply } = await joining(cloud.code, 'identity.json')
    expect(reply).toMatchObject({ ok: false, reason: 'cannot_save' })
    expect((await joining(cloud.code, null, at)).reply.ok).toBe(true)
    expect(asking.at(-1)).toBe(asking.at(-2))
  })

  test('[S120] with another code it comes with another key: two devices of one key would be one to their neighbours', async () => {
    const { at } = await joining('WRONG-CODE', null)
    await joining(cloud.code, null, at)
    expect(asking.at(-1)).not.toBe(asking.at(-2))
  })
})

describe('the way through the till origin', () => {
  const request = (path: string, headers: Record<string, string> = {}, method = 'POST') =>
    new Request(`${ORIGIN}${path}`, { method, headers, ...(method === 'POST' ? { body: '{"cursor":null}' } : {}) })

  test('each path becomes its request, and the answer comes back with its type', async () => {
    const proxy = cloudProxy({ link: () => link, enterEpoch: () => undefined })
    const session = await proxy(request('/cloud/session', { origin: ORIGIN }), '/cloud/session')
    expect(await session.json()).toMatchObject({ protocol: 1 })
    for (const path of ['push', 'pull', 'member']) {
      expect((await proxy(request(`/cloud/${path}`), `/cloud/${path}`)).status).toBe(200)
    }
    expect(cloud.heard.map(({ path }) => path)).toEqual(['/sync/v1/push', '/sync/v1/pull', '/sync/v1/member'])
    cloud.next(409, { type: 't', title: 'gap', status: 409, code: 'gap' })
    const refused = await proxy(request('/cloud/push'), '/cloud/push')
    expect(refused.headers.get('content-type')).toBe('application/problem+json')
  })

  test('only the core may use it', async () => {
    const proxy = cloudProxy({ link: () => link, enterEpoch: () => undefined })
    const status = async (headers: Record<string, string>) =>
      (await proxy(request('/cloud/pull', headers), '/cloud/pull')).status
    expect(await status({ origin: 'https://evil.example' })).toBe(403)
    expect(await status({ origin: ORIGIN, referer: `${ORIGIN}/till.html` })).toBe(403)
    expect(await status({ referer: 'https://evil.example/' })).toBe(403)
    expect(await status({ origin: ORIGIN, referer: `${ORIGIN}/assets/core.worker.js` })).toBe(200)
    expect((await proxy(request('/cloud/pull', {}, 'GET'), '/cloud/pull')).status).toBe(405)
    expect((await proxy(request('/cloud/enrol'), '/cloud/enrol')).status).toBe(404)
    expect(
      (await cloudProxy({ link: () => null, enterEpoch: () => undefined })(request('/cloud/pull'), '/cloud/pull'))
        .status,
    ).toBe(409)
  })
})
