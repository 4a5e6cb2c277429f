import { describe, expect, test, vi } from 'vitest'
import { createSwitchboard } from '../../electron/switchboard.ts'
import { watchCore } from '../../electron/watchdog.ts'
import { fakeCore } from './fake-core.ts'

describe('the switchboard', () => {
  test('answers find their callers, in whatever order they come', async () => {
    const switchboard = createSwitchboard()
    const ids: number[] = []
    switchboard.coreUp(({ id }) => ids.push(id))
    const calls = [
      switchboard.call('state', {}),
      switchboard.call('sync.now', {}),
      switchboard.call('shift.report', {}),
    ]
    for (const id of [...ids].reverse()) switchboard.reply(id, { ok: true, value: id })
    expect((await Promise.all(calls)).map((reply) => reply.ok && (reply.value as unknown))).toEqual(ids)
  })

  test('an answer that comes twice, too late or unasked does nothing', async () => {
    const switchboard = createSwitchboard({ replyWithinMs: 20 })
    const ids: number[] = []
    switchboard.coreUp(({ id }) => ids.push(id))
    expect(await switchboard.call('state', {})).toMatchObject({ ok: false, reason: 'starting' })
    switchboard.reply(ids[0]!, { ok: true, value: 1 })
    switchboard.reply(99, { ok: true, value: 1 })
  })

  test('a core that goes and comes is told once each, and events have listeners that can leave', () => {
    const switchboard = createSwitchboard()
    const states: string[] = []
    switchboard.onCore((state) => states.push(state))
    switchboard.coreDown()
    switchboard.coreUp(() => {})
    switchboard.coreDown()
    switchboard.coreDown()
    expect(states).toEqual(['up', 'restarting'])
    const heard = vi.fn()
    const stop = switchboard.onEvent(heard)
    switchboard.emit({ type: 'member.left', quote: null })
    stop()
    switchboard.emit({ type: 'member.left', quote: null })
    expect(heard).toHaveBeenCalledTimes(1)
  })
})

describe('the watchdog', () => {
  test('calls for a new core after two silences in a row, and never while it answers', async () => {
    const core = fakeCore(30)
    const onHung = vi.fn()
    const watchdog = watchCore(core.switchboard, onHung, { askEveryMs: 10 })
    await new Promise((resolve) => setTimeout(resolve, 200))
    expect(onHung).not.toHaveBeenCalled()
    core.answers(() => 'silence')
    await expect.poll(() => onHung.mock.calls.length).toBe(1)
    watchdog.stop()
  })

  test('leaves a core alone that is being brought back already', async () => {
    const core = fakeCore(10)
    core.switchboard.coreDown()
    const onHung = vi.fn()
    const watchdog = watchCore(core.switchboard, onHung, { askEveryMs: 5 })
    await new Promise((resolve) => setTimeout(resolve, 100))
    watchdog.stop()
    expect(onHung).not.toHaveBeenCalled()
  })
})
