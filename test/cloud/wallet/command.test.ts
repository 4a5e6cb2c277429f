import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { applePart, closers, filesIn, PUBLIC_URL, WalletShop } from './wallet-shop.ts'

/** `npm run -s cloud -- wallet …`, as the owner types it. */

const root = join(import.meta.dirname, '..', '..', '..')

test('passes are set up from files, looked at in a file, and a member’s link is told', async () => {
  const shop = await WalletShop.open({}, { apple: null })
  await shop.enrol('ann')
  const folder = await mkdtemp(join(tmpdir(), 'bonusbook-wallet-'))
  closers.push(() => rm(folder, { recursive: true, force: true }))
  const run = async (...args: string[]) => {
    const { databaseUrl, masterKey } = shop.cloud
    const env = {
      ...process.env,
      DATABASE_URL: databaseUrl,
      BONUSBOOK_MASTER_KEY: masterKey,
      BONUSBOOK_PUBLIC_URL: PUBLIC_URL,
    }
    const all = [join(root, 'cloud', 'cli.ts'), 'wallet', ...args, '--data', folder]
    return promisify(execFile)(join(root, 'node_modules', '.bin', 'node'), all, { env }).then(
      ({ stdout }) => stdout,
      (error: { stderr: string }) => error.stderr,
    )
  }
  const { certificate, key, intermediate } = applePart()
  const icon = await readFile(join(root, 'cloud', 'wallet', 'images', 'logo@2x.png'))
  for (const [name, text] of Object.entries({ 'pass.pem': certificate, 'pass.key': key, 'wwdr.pem': intermediate })) {
    await writeFile(join(folder, name), text)
  }
  await writeFile(join(folder, 'icon.png'), icon)
  const settings = (more: object) => ({
    organisation: 'Corner Café',
    apple: { certificate: 'file:pass.pem', key: 'file:pass.key', intermediate: 'file:wwdr.pem' },
    icon: 'file:icon.png',
    ...more,
  })
  const file = join(folder, 'wallet.json')
  await writeFile(file, JSON.stringify(settings({ background: 'blue' })))
  expect(await run('set', file)).toContain('background: found "blue"; allowed: a colour such as "#1f6feb"')
  await writeFile(file, JSON.stringify(settings({})))
  expect(await run('set', file)).toContain('Apple: pass.example.cafe of team TEAM123456, until 2040-01-01')

  const pass = join(folder, 'ann.pkpass')
  expect(await run('make', pass, '--card', 'c-ann')).toContain('ann.pkpass: Plain, c-ann, 0 баллов')
  const files = filesIn(await readFile(pass))
  expect(files['icon.png']).toEqual(icon)
  expect(JSON.parse(files['pass.json']!.toString()).barcodes[0].message).toBe('c-ann')
  expect(await run('link', '--member', 'ann')).toBe(`${shop.link('ann').replace(shop.cloud.url, PUBLIC_URL)}\n`)
  expect(JSON.parse(await run('show', '--json'))).toMatchObject({ passes: 1, devices: 0, settings: { icon: true } })
  expect(await run('make', pass, '--card', 'nobody')).toBe('No such member.\n')
}, 240_000)
