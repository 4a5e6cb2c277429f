import { expect, test, vi } from 'vitest'
import { scanRoute } from '../../electron/scanners/route.ts'
import { openShortcut } from '../../electron/shortcut.ts'
import type { CoreRefusal } from '../../shared/core-api.ts'

function till(reason: CoreRefusal | null, passesOn = true) {
  const passed: string[] = []
  const asked: unknown[] = []
  const take = scanRoute(
    {
      callAny: async (_method, params) => {
        asked.push(params)
        return reason === null ? { ok: true, value: {} } : { ok: false, reason }
      },
    },
    () => ({ passesOn: () => passesOn, passOn: (code) => passed.push(code) }),
  )
  return { passed, asked, take }
}

test('goods go on to the register without their identifier; cards, strangers and payment cards do not', async () => {
  const goods = till('goods_code')
  await goods.take({ code: ']E04006381333931', source: 'hid' })
  expect(goods.passed).toEqual(['4006381333931'])
  expect(goods.asked).toEqual([{ code: ']E04006381333931', source: 'hid', shared: true }])
  for (const reason of [null, 'unknown_card', 'payment_card', 'card_blocked'] as const) {
    const other = till(reason)
    await other.take({ code: '4111111111111111', source: 'serial' })
    expect(other.passed).toEqual([])
  }
})

test('what the register sent or a person typed never goes back to it', async () => {
  for (const source of ['register', 'typed']) {
    const { take, passed, asked } = till('goods_code')
    await take({ code: '4006381333931', source })
    expect([passed, asked]).toEqual([[], [{ code: '4006381333931', source }]])
  }
})

test('while the core is away goods still reach the register, and nothing else does', async () => {
  const { take, passed } = till('starting')
  await take({ code: '4006381333931', source: 'serial' })
  await take({ code: '2900000000018', source: 'serial' })
  await take({ code: '4111111111111111', source: 'serial' })
  expect(passed).toEqual(['4006381333931'])
})

test('with no port to the register nothing is passed on, and whatever comes is only handed to the core', async () => {
  const { take, passed } = till('goods_code', false)
  await take({ code: '4006381333931', source: 'hid' })
  await take(null)
  expect(passed).toEqual([])
})

test('keys of the whole system are taken, changed and given back; taken ones are told', () => {
  let wanted = 'F12'
  const taken = new Set<string>()
  const system = {
    register: vi.fn((keys: string) => keys !== 'F9' && taken.add(keys) !== undefined),
    unregister: vi.fn((keys: string) => void taken.delete(keys)),
  }
  const pressed = vi.fn()
  const shortcut = openShortcut(
    system as never,
    () => ({ shortcut: wanted }),
    pressed,
    () => {},
  )
  expect([...taken]).toEqual(['F12'])
  ;(system.register.mock.calls[0] as unknown as [string, () => void])[1]()
  expect(pressed).toHaveBeenCalledTimes(1)
  wanted = 'F9'
  shortcut.refresh()
  expect([...taken]).toEqual([])
  expect(shortcut.trouble()).toMatchObject({ kind: 'shortcut', name: 'F9', state: 'busy' })
  wanted = ''
  shortcut.refresh()
  expect(shortcut.trouble()).toBe(null)
  system.register.mockImplementation(() => {
    throw new Error('no such keys')
  })
  wanted = 'F8'
  shortcut.refresh()
  expect(shortcut.trouble()).not.toBe(null)
  shortcut.close()
})
