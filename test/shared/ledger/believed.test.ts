import { describe, expect, test } from 'vitest'
import { emptyAccount } from '../../../shared/ledger/lots.ts'
import { believed, plusDays, todayOf } from '../../../shared/ledger/rules.ts'
import { NotLoaded, Workspace } from '../../../shared/ledger/workspace.ts'
import { points } from '../../../shared/money.ts'
import { programmeWith } from './network.ts'

describe('when a fact happened [L15]', () => {
  const now = '2026-11-18T12:00:00Z'
  const at = (confidence: string, lastContact: string | null) => ({ wall: '', confidence, lastContact }) as never
  const early = '2026-11-10T12:00:00Z'
  const contact = '2026-11-15T12:00:00Z'

  test('is what the till says where its clock was known to be right', () => {
    expect(believed(early, at('synced', contact), now)).toBe(early)
  })

  test('is not after now, whatever the till says, and may be now', () => {
    expect(believed('2026-11-18T12:00:01Z', at('synced', null), now)).toBe(now)
    expect(believed('2026-11-18T15:00:00+03:00', at('synced', null), now)).toBe('2026-11-18T15:00:00+03:00')
  })

  test('is not before the last contact where the clock was not known to be right', () => {
    expect(believed(early, at('unsure', contact), now)).toBe(contact)
    expect(believed('2026-11-16T12:00:00Z', at('unsure', contact), now)).toBe('2026-11-16T12:00:00Z')
    const sameMoment = '2026-11-15T15:00:00+03:00'
    expect(believed(sameMoment, at('unsure', contact), now)).toBe(sameMoment)
  })

  test('is what the till says where it never had a contact, or says one that is still to come', () => {
    expect(believed(early, at('unsure', null), now)).toBe(early)
    expect(believed(early, at('unsure', '2026-11-19T12:00:00Z'), now)).toBe(early)
    expect(believed(early, at('unsure', '2026-11-18T15:00:00+03:00'), now)).toBe('2026-11-18T15:00:00+03:00')
  })

  test('is a day of the programme in force, and of UTC where none is', () => {
    const entry = { at: { wall: '2026-11-17T22:30:00Z', confidence: 'synced', lastContact: null } } as never
    expect(todayOf(entry, { current: programmeWith(), now })).toBe('2026-11-18')
    expect(todayOf(entry, { current: undefined as never, now })).toBe('2026-11-17')
  })
})

test('[L40] a day beyond the year 9999 is no day', () => {
  expect(plusDays('9999-12-30', 1)).toBe('9999-12-31')
  expect(() => plusDays('9999-12-31', 1)).toThrow('a day within the years 0 to 9999')
})

describe('what a batch has changed so far', () => {
  const anna = 'anna' as never
  const account = (posted: bigint) => ({ ...emptyAccount(anna, 'points'), posted: points(posted) })
  const workspace = (loaded: bigint | null = 500n) => {
    const accounts = new Map(loaded === null ? [] : [['anna\npoints', account(loaded)]])
    const nothing = new Map()
    return new Workspace(
      { accounts, sales: nothing, members: nothing, cards: nothing } as never,
      new Set(['anna\npoints']),
    )
  }

  test('says of each item by how much it moved a purse, over what the item before it left', () => {
    const work = workspace()
    work.saveAccount(account(800n))
    work.saveAccount(account(700n))
    expect(work.keep()).toEqual([{ member: 'anna', purse: 'points', posted: 200n }])
    work.saveAccount(account(600n))
    expect(work.keep()).toEqual([{ member: 'anna', purse: 'points', posted: -100n }])
    expect(work.keep()).toEqual([])
  })

  test('says nothing of a purse that moved by nothing, and all of one that was not there', () => {
    const work = workspace()
    work.saveAccount(account(500n))
    expect(work.keep()).toEqual([])
    const fresh = workspace(null)
    fresh.saveAccount(account(300n))
    expect(fresh.keep()).toEqual([{ member: 'anna', purse: 'points', posted: 300n }])
  })

  test('is without what an item that was set aside had done', () => {
    const work = workspace()
    work.saveAccount(account(800n))
    work.keep()
    work.saveAccount(account(100n))
    work.saveMember({ id: 'anna', mergedInto: null } as never)
    work.compensate({ kind: 'shift' } as never)
    work.forget()
    expect(work.account(anna, 'points').posted).toBe(800n)
    expect(work.memberNamed('anna')).toBeUndefined()
    expect(work.changed()).toMatchObject({ accounts: [{ posted: 800n }], members: [], compensations: [] })
  })

  test('has an empty purse where the store was asked and has none, and tells a store off that was not asked', () => {
    expect(workspace(null).account(anna, 'points')).toEqual(emptyAccount(anna, 'points'))
    expect(() => workspace().account(anna, 'stamp:coffee')).toThrow(NotLoaded)
    expect(() => workspace().account(anna, 'stamp:coffee')).toThrow('was not asked for the account')
    expect(new NotLoaded('x').name).toBe('NotLoaded')
  })

  test('[L39] follows merges to their end, a hundred of them, and goes round in no circle', () => {
    const work = workspace()
    const chain = (length: number) => {
      for (let each = 0; each < length; each++)
        work.saveMember({ id: `m${each}`, mergedInto: each + 1 < length ? `m${each + 1}` : null } as never)
    }
    chain(101)
    expect(work.member('m0')!.id).toBe('m100')
    chain(102)
    expect(() => work.member('m0')).toThrow('merges do not go round in a circle')
    expect(work.member('nobody')).toBeUndefined()
  })
})
