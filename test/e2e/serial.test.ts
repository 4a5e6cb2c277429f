import { type ChildProcess, spawn } from 'node:child_process'
import { createWriteStream, existsSync, mkdtempSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import type { DesktopApi } from '../../shared/desktop-api.ts'
import { eventually, Shop, type Till } from './rig.ts'

declare const bonusbook: DesktopApi

describe('a serial scanner on a real pair of terminals', () => {
  const folder = mkdtempSync(join(tmpdir(), 'bonusbook-serial-'))
  const ours = join(folder, 'till')
  const theirs = join(folder, 'scanner')
  let cable: ChildProcess
  let shop: Shop
  let till: Till
  let cards: string[]

  async function plug(): Promise<void> {
    cable = spawn('socat', [`pty,raw,echo=0,link=${ours}`, `pty,raw,echo=0,link=${theirs}`])
    await eventually('the pair of terminals', async () => (existsSync(ours) && existsSync(theirs)) || undefined)
  }
  async function unplug(): Promise<void> {
    const gone = new Promise((resolve) => cable.once('close', resolve))
    cable.kill('SIGTERM')
    await gone
  }
  function send(bytes: string | Buffer): Promise<void> {
    return new Promise((resolve, reject) => {
      const port = createWriteStream(theirs, { flags: 'r+' })
      port.once('error', reject)
      port.end(bytes, () => resolve())
    })
  }
  async function expectMember(card: string): Promise<void> {
    const state = await till.until(`the member with card ${card}`, (state) => state.member?.card === card)
    expect(state.member!.balance).toMatch(/^\d+\.\d\d$/)
  }

  beforeAll(async () => {
    await plug()
    shop = await Shop.open(inject('demoData'))
    cards = shop.cards
    till = await shop.addTill('A', { BONUSBOOK_SERIAL: `${ours}@9600` })
    await till.until('the till to be ready', (state) => state.phase === 'ready' && state.link.online)
  })
  afterAll(async () => {
    await shop?.close()
    cable?.kill('SIGKILL')
  })

  test('a scan shows the member; rubbish on the line shows nobody and breaks nothing', async () => {
    await send(`${cards[0]}\r\n`)
    await expectMember(cards[0]!)
    await till.page.getByTestId('member').waitFor()
    await till.screenshot('serial-scan')

    await send(Buffer.from([0xff, 0x00, 0x1b, 0x5b, 0x41, 0x0d, 0x80, 0x81, 0x82, 0x0d, 0x0a]))
    await send('x'.repeat(20_000))
    await send('\r\n')
    await send(`${cards[1]}\r`)
    await expectMember(cards[1]!)
  })

  test('shared with the register: goods reach it, cards stay here, and a bank card goes nowhere', async () => {
    const register = join(folder, 'register')
    const toRegister = join(folder, 'to-register')
    const second = spawn('socat', [`pty,raw,echo=0,link=${toRegister}`, `pty,raw,echo=0,link=${register}`])
    try {
      await eventually('the port to the register', async () => existsSync(register) || undefined)
      let heard = ''
      const file = await open(register, 'r')
      const stream = file.createReadStream({ encoding: 'utf8' })
      stream.on('error', () => {}) // the line is cut at the end
      stream.on('data', (text) => {
        heard += text
      })
      const passOn = { path: toRegister, baudRate: 9600, end: 'crlf' } as const
      await till.page.evaluate((setting) => bonusbook.changeSettings({ passOn: setting }), passOn)
      await eventually('the port to be open', async () => {
        const devices = await till.page.evaluate(() => bonusbook.devices())
        return devices.some(({ kind, state }) => kind === 'pass-on' && state === 'open') || undefined
      })
      await send('4006381333931\r\n')
      await send('4006381333931\r\n') // two of the same
      await send('4111111111111111\r\n')
      await send(`${cards[0]}\r\n`)
      await expectMember(cards[0]!)
      await send(']d2010400638133393121A1\x1d93AB\r\n')
      const all = '4006381333931\r\n4006381333931\r\n010400638133393121A1\x1d93AB\r\n'
      await eventually('the goods at the register', async () => heard.length >= all.length || undefined)
      expect(heard).toBe(all)
      expect((await till.state()).member?.card).toBe(cards[0])
    } finally {
      await till.page.evaluate(() => bonusbook.changeSettings({ passOn: null }))
      second.kill('SIGKILL')
    }
  })

  test('unplugged and plugged in again it scans again', async () => {
    await unplug()
    await new Promise((resolve) => setTimeout(resolve, 1500)) // long enough to be noticed and to be tried in vain
    await plug()
    await eventually('a scan after the replug', async () => {
      await send(`${cards[0]}\r\n`)
      return (await till.state()).member?.card === cards[0] || undefined
    })
    expect((await till.state()).member!.card).toBe(cards[0])
  })
})
