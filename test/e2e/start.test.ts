import { spawn } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { root } from './rig.ts'

test('npm start -- --headless prints one line for machines, sells, and ends well on SIGTERM', async () => {
  const data = mkdtempSync(join(tmpdir(), 'bonusbook-start-'))
  chmodSync(data, 0o711)
  const start = spawn(
    process.execPath,
    ['commands/start.ts', '--headless', '--data', data, '--pos-port', '0', '--cloud-port', '0'],
    {
      cwd: root,
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  const ended = new Promise<number | null>((resolve) => start.once('close', resolve))
  try {
    let output = ''
    const line = await new Promise<string>((resolve, reject) => {
      start.stdout.on('data', (chunk) => {
        output += chunk
        if (output.includes('\n')) resolve(output.split('\n')[0]!)
      })
      start.once('close', (code) => reject(new Error(`ended with ${code} before it was ready: ${output}`)))
    })
    expect(line).toMatch(/^ready \{/)
    const ready = JSON.parse(line.slice('ready '.length))
    expect(Object.keys(ready)).toEqual(['posApi', 'token', 'cloud', 'cards'])
    const headers = { authorization: `Bearer ${ready.token}`, 'content-type': 'application/json' }
    const member = await fetch(`${ready.posApi}/members?card=${ready.cards[0]}`, { headers })
    expect([member.status, (await member.json()).card]).toEqual([200, ready.cards[0]])
    expect((await fetch(`${ready.cloud}/health/ready`)).status).toBe(200)
  } finally {
    start.kill('SIGTERM')
  }
  expect(await ended).toBe(0)
  rmSync(data, { recursive: true, force: true })
})
