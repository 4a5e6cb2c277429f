import type { IpcMain, WebContents } from 'electron'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { channels } from '../../electron/channels.ts'
import { registerIpc } from '../../electron/ipc.ts'
import { silentLog } from '../../electron/log.ts'
import { CORE_PAGE, TILL_PAGE } from '../../electron/origin.ts'
import { createSwitchboard } from '../../electron/switchboard.ts'

type Handler = (event: unknown, ...args: unknown[]) => unknown

const handlers = new Map<string, Handler>()
const core = { name: 'core' } as unknown as WebContents
const till = { name: 'till' } as unknown as WebContents
const did = vi.fn(async (..._args: unknown[]) => ({ ok: true }) as never)

beforeEach(() => {
  handlers.clear()
  did.mockClear()
  const register = (channel: string, handler: Handler) => void handlers.set(channel, handler)
  registerIpc({
    ipcMain: { handle: register, on: register } as unknown as Pick<IpcMain, 'handle' | 'on'>,
    core: () => core,
    till: () => till,
    log: silentLog,
    tillHandlers: {
      info: did,
      call: did,
      settings: did,
      changeSettings: did,
      enrolTill: did,
      newPosToken: did,
      devices: did,
      foundPorts: did,
      tryScanners: did,
      neighbours: did,
    },
    coreHandlers: {
      ready: did,
      reply: did,
      emit: did,
      appendJournal: did,
      readJournal: did,
      pruneJournal: did,
      diskRoom: did,
      shopTills: did,
      rightsFromNeighbours: did,
      receiptAtNeighbours: did,
    },
  })
})

const from = (sender: WebContents, url: string) => ({ sender, senderFrame: { url } })
const ask = async (event: unknown, channel: string, ...args: unknown[]) => handlers.get(channel)!(event, ...args)

const ofTill = [
  [channels.info],
  [channels.call, 'state', {}],
  [channels.settings],
  [channels.changeSettings, { dock: 'left' }],
  [channels.enrolTill, 'https://cloud.example', 'CODE'],
  [channels.newPosToken],
  [channels.devices],
  [channels.neighbours],
] as const
const ofCore = [
  [channels.coreReady],
  [channels.coreReply, 1, { ok: true, value: 1 }],
  [channels.coreReply, 1, { ok: true }],
  [channels.coreReply, 1, { ok: false, reason: 'unknown_card' }],
  [channels.coreReply, 1, { ok: false, reason: 'receipt_changed', detail: { receipt: 'R-1' } }],
  [channels.coreEmit, { type: 'state' }],
  [channels.appendJournal, [{ epoch: 1, seq: 1, text: '{}' }]],
  [channels.readJournal, 1, 1, 100],
  [channels.shopTills, { generation: 1, rows: [], gone: ['x'], whole: false }],
  [channels.rightsFromNeighbours, { member: 'anna', purse: 'points', points: '5.00' }, 300],
  [channels.receiptAtNeighbours, 'A', 'r-1', 300],
] as const

describe('who speaks', () => {
  test('every channel of preload has a handler, but those on which main speaks', () => {
    const spoken = Object.values(channels).filter((name) => name !== channels.event && name !== channels.coreRequest)
    expect([...handlers.keys()].sort()).toEqual(spoken.sort())
  })

  test.each(ofTill)('%s answers the till window and nobody else', async (channel, ...args) => {
    await ask(from(till, TILL_PAGE), channel, ...args)
    await ask(from(till, `${TILL_PAGE}#manager`), channel, ...args)
    expect(did).toHaveBeenCalledTimes(2)
    const strangers = [
      from(core, CORE_PAGE),
      from(till, CORE_PAGE),
      from(till, 'https://evil.example/till.html'),
      from(till, `${TILL_PAGE}.evil.example`),
      from({} as WebContents, TILL_PAGE),
      { sender: till, senderFrame: null },
    ]
    for (const stranger of strangers) await expect(ask(stranger, channel, ...args)).rejects.toThrow('may not')
    expect(did).toHaveBeenCalledTimes(2)
  })

  test.each(ofCore)('%s answers the core window and nobody else', async (channel, ...args) => {
    await ask(from(core, CORE_PAGE), channel, ...args)
    expect(did).toHaveBeenCalledTimes(1)
    for (const stranger of [from(till, TILL_PAGE), from(core, TILL_PAGE), from(till, CORE_PAGE)]) {
      await ask(stranger, channel, ...args).catch(() => {})
    }
    expect(did).toHaveBeenCalledTimes(1)
  })
})

describe('what they say', () => {
  test.each([
    [channels.call, 5, {}],
    [channels.changeSettings, 'dock'],
    [channels.enrolTill, 'https://cloud.example', 5],
    [channels.enrolTill, 'https://cloud.example', 'x'.repeat(1000)],
    [channels.info, 'more than asked'],
  ])('%s with %j is refused', async (channel, ...args) => {
    await expect(ask(from(till, TILL_PAGE), channel, ...args)).rejects.toThrow()
    expect(did).not.toHaveBeenCalled()
  })

  test.each([
    [channels.appendJournal, [{ epoch: 0, seq: 1, text: '' }]],
    [channels.appendJournal, [{ epoch: 1, seq: 1.5, text: '' }]],
    [channels.readJournal, 1, 1, 1_000_000],
    [channels.coreReply, 'one', { ok: true }],
    [channels.coreEmit, 'state'],
  ])('%s with %j does nothing', async (channel, ...args) => {
    await ask(from(core, CORE_PAGE), channel, ...args).catch(() => {})
    expect(did).not.toHaveBeenCalled()
  })

  test('a method the core does not have, or params of the wrong shape, never reach it', async () => {
    const switchboard = createSwitchboard()
    const sent = vi.fn()
    switchboard.coreUp(sent)
    expect(await switchboard.callAny('constructor', {})).toMatchObject({ ok: false, reason: 'bad_request' })
    expect(await switchboard.callAny('members.find', { card: 5 })).toMatchObject({
      reason: 'bad_request',
      detail: { errors: [{ path: 'card', found: '5' }] },
    })
    expect(sent).not.toHaveBeenCalled()
  })
})
