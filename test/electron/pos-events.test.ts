import type { ServerResponse } from 'node:http'
import { describe, expect, test, vi } from 'vitest'
import { createEventStream } from '../../electron/pos-api/event-stream.ts'
import { posRig, TOKEN } from './pos-rig.ts'

const rig = posRig()

describe('events', () => {
  async function listen(lastEventId?: string) {
    const controller = new AbortController()
    const headers: Record<string, string> = { authorization: `Bearer ${TOKEN}` }
    if (lastEventId !== undefined) headers['last-event-id'] = lastEventId
    const response = await fetch(`${rig.api.address()}/events`, { signal: controller.signal, headers })
    expect(response.headers.get('content-type')).toContain('text/event-stream')
    const events: { id: string; event: string; data: Record<string, unknown> }[] = []
    let rest = ''
    void (async () => {
      for await (const bytes of response.body!) {
        rest += Buffer.from(bytes).toString()
        const blocks = rest.split('\n\n')
        rest = blocks.pop()!
        for (const block of blocks.filter((one) => one.startsWith('id:'))) {
          const [id, event, data] = block.split('\n').map((line) => line.slice(line.indexOf(': ') + 2))
          events.push({ id: id!, event: event!, data: JSON.parse(data!) })
        }
      }
    })().catch(() => {})
    return { events, stop: () => controller.abort() }
  }
  const scan = (code: string) => rig.core.emit({ type: 'scan', code, source: 'serial' })
  const codes = (events: readonly { data: Record<string, unknown> }[]) => events.map(({ data }) => data.code)

  test('come as they happen, and go on after a break where they stopped', async () => {
    const first = await listen()
    scan('1')
    scan('2')
    await expect.poll(() => codes(first.events)).toEqual(['1', '2'])
    first.stop()
    scan('3')
    scan('4')
    const second = await listen(first.events[1]!.id)
    scan('5')
    await expect.poll(() => codes(second.events)).toEqual(['3', '4', '5'])
    second.stop()
  })

  test('what is gone for good is told as a reset', async () => {
    for (let n = 0; n < 1100; n += 1) scan(String(n))
    const first = await listen()
    scan('last')
    await expect.poll(() => codes(first.events)).toEqual(['last'])
    const [run] = first.events[0]!.id.split('-')
    const tooOld = await listen(`${run}-5`)
    await expect.poll(() => tooOld.events[0]?.event).toBe('reset')
    const otherRun = await listen('00000000-1101')
    await expect.poll(() => otherRun.events[0]?.event).toBe('reset')
    const still = await listen(`${run}-1000`)
    await expect.poll(() => still.events.length).toBe(101)
  })

  test('of the state only the outline, and only when it changes', async () => {
    const { events } = await listen()
    const state = (online: boolean, notice: number) =>
      rig.core.emit({
        type: 'state',
        state: { phase: 'ready', link: { online, unsent: 0 }, shift: null, notice: { id: notice } },
      } as never)
    state(true, 1)
    state(true, 2)
    state(false, 3)
    await expect
      .poll(() => events.map(({ data }) => data.till))
      .toEqual([
        { phase: 'ready', online: true, unsent: 0, shift: null },
        { phase: 'ready', online: false, unsent: 0, shift: null },
      ])
  })

  test('a quiet line says now and then that it is there', async () => {
    const stream = createEventStream({ heartbeatMs: 20 })
    const written: string[] = []
    const line = { writableLength: 0, write: (text: string) => written.push(text), on: () => {}, end: () => {} }
    stream.attach(line as unknown as ServerResponse, undefined)
    await expect.poll(() => written.filter((text) => text === ':\n\n').length).toBeGreaterThan(1)
    stream.close()
  })

  test('a listener that does not read is let go, the others hear on', () => {
    const stream = createEventStream()
    const destroy = vi.fn()
    const slow = { writableLength: 2_000_000, write: () => {}, on: () => {}, end: () => {}, destroy }
    const heard: string[] = []
    const quick = { writableLength: 0, write: (text: string) => heard.push(text), on: () => {}, end: () => {} }
    stream.attach(slow as unknown as ServerResponse, undefined)
    stream.attach(quick as unknown as ServerResponse, undefined)
    stream.take({ type: 'scan', code: '1', source: 'serial' })
    expect(destroy).toHaveBeenCalledTimes(1)
    expect(heard.at(-1)).toContain('"code":"1"')
    stream.close()
  })

  test('have a limit of listeners', async () => {
    const listening = await Promise.all([...Array(32)].map(() => listen()))
    expect((await rig.call('GET', '/events')).status).toBe(429)
    for (const one of listening) one.stop()
    await expect
      .poll(async () => {
        const { status, stop } = await fetch(`${rig.api.address()}/events`, {
          headers: { authorization: `Bearer ${TOKEN}` },
        }).then((response) => ({ status: response.status, stop: () => response.body?.cancel() }))
        await stop()
        return status
      })
      .toBe(200)
  })
})
