import { expect, test } from 'vitest'
import { isEan13 } from '../../../shared/identification/check-digit.ts'
import { hashPin } from '../../../shared/pin.ts'
import { anna, openTill, receipt, type TestTill } from './till.ts'

const consent = { personalData: true as const, messages: true }
const scan = (code: string) => ({ code, source: 'serial' as const })

async function sold(till: TestTill, id: string, lines = receipt(id).lines as object[]) {
  const quote = await till.ask('quotes.create', { card: anna.card, receipt: { id, lines: lines as never } })
  return await till.ask('quotes.commit', { id: quote.id, idempotencyKey: id })
}

test('a scan is told to registers without its frame, and twice within two seconds is one scan', async () => {
  const till = await openTill()
  till.events.length = 0
  await till.ask('scans.take', scan(`\u0002]E0${anna.card}\u0003\r\n`))
  await till.ask('scans.take', scan(anna.card))
  expect(till.events.filter((event) => event.type === 'scan')).toEqual([
    { type: 'scan', code: anna.card, source: 'serial' },
  ])
  await till.clock.pass(2_100)
  await till.ask('scans.take', scan(anna.card))
  expect(till.events.filter((event) => event.type === 'scan')).toHaveLength(2)
})

test('a number of a payment card is refused and leaves no trace', async () => {
  const till = await openTill()
  till.events.length = 0
  for (const code of ['4276 3800 1234 5679', '2200123456789019', '%B4276380012345679^IVANOV/IVAN^2512101?']) {
    expect(await till.tried('scans.take', scan(code))).toBe('payment_card')
  }
  await till.settle()
  expect(JSON.stringify(till.events)).not.toMatch(/4276|2200123|IVANOV/)
  expect(till.events.some((event) => event.type === 'scan')).toBe(false)
  expect(till.core().state()).toMatchObject({ unknownCard: null, notice: { reason: 'payment_card' } })
  expect(await till.tried('members.enrol', { card: '4276380012345679', consent })).toBe('payment_card')
})

test('a wrong check digit, rubbish and a blocked card are told apart', async () => {
  const till = await openTill()
  expect(await till.tried('scans.take', scan('2900000000019'))).toBe('bad_check_digit')
  expect(await till.tried('members.find', { card: '2900000000019' })).toBe('unknown_card')
  expect(await till.tried('scans.take', scan('ab\u0000\u0001cd'))).toBe('unknown_code')
  expect(await till.tried('scans.take', scan('2900000000032'))).toBe('card_blocked')
  expect(till.core().state().notice).toMatchObject({ reason: 'card_blocked', detail: { card: '2900000000032' } })
})

test('a card that the cache has not met yet is looked up in the cloud', async () => {
  const till = await openTill()
  till.clock.pass(0)
  till.cloud.net.up = true
  till.cloud.member('vera', '2900000000049', '7.00', { name: 'Vera' })
  expect((await till.ask('scans.take', scan('2900000000049'))).member).toMatchObject({ name: 'Vera', balance: '7.00' })
})

test('a stranger whom the cloud is still asked about does not push the next scan aside', async () => {
  const till = await openTill()
  till.cloud.net.member = false
  const stranger = till.tried('scans.take', scan('2900000000056'))
  await till.ask('scans.take', scan(anna.card))
  await till.clock.pass(5_000)
  expect(await stranger).toBe('unknown_card')
  expect(till.core().state()).toMatchObject({ member: { id: 'anna' }, unknownCard: null, notice: null })
})

test('a cloud that does not answer in time leaves a customer unknown, not waiting', async () => {
  const till = await openTill()
  till.cloud.net.member = false
  const answer = till.tried('scans.take', scan('2900000000056'))
  await till.clock.pass(1_600)
  expect(await answer).toBe('unknown_card')
  expect(till.core().state()).toMatchObject({ unknownCard: null, stranger: { card: '2900000000056' } })
})

test('an unknown card is enrolled in the same place and goes on with the receipt', async () => {
  const till = await openTill()
  const quote = await till.ask('quotes.create', { receipt: receipt('r1') })
  expect(await till.tried('scans.take', scan('2900000000063'))).toBe('unknown_card')
  const member = await till.ask('members.enrol', {
    card: '2900000000063',
    phone: '8 (926) 555-44-33',
    name: 'Olga',
    consent,
  })
  expect(member).toMatchObject({ name: 'Olga', phone: '+7 ••• •••-44-33', balance: '0.00' })
  expect(till.core().state()).toMatchObject({ unknownCard: null, quote: { id: quote.id, earn: '100.00' } })
  await till.ask('quotes.commit', { id: quote.id, idempotencyKey: 'k1' })
  await till.settle()
  expect(till.cloud.balance(member.id)).toBe('100.00')
  const entry = JSON.stringify(till.cloud.entries(till.device).map((each) => each.entry))
  expect(entry).not.toMatch(/Olga|5554433/)
})

test('without a card the till gives one of its own numbers, with a right check digit', async () => {
  const till = await openTill()
  const member = await till.ask('members.enrol', { name: 'Petr', consent })
  expect(member.card).toMatch(/^29\d{11}$/)
  expect(isEan13(member.card)).toBe(true)
  expect(till.core().state().member).toBeNull()
  const second = await till.ask('members.enrol', { name: 'Pavel', consent })
  expect(second.card).not.toBe(member.card)
})

test('a card or phone that somebody has is not given twice', async () => {
  const till = await openTill()
  expect(await till.tried('members.enrol', { card: anna.card, consent })).toBe('card_taken')
  expect(await till.tried('members.enrol', { phone: anna.phone, consent })).toBe('phone_taken')
  expect(await till.tried('members.enrol', { phone: '12', consent })).toBe('bad_phone')
})

test('a birth date that nobody can have is refused with what was found and what is allowed', async () => {
  const till = await openTill()
  for (const birthDate of ['2199-01-01', '1899-12-31', '2026-11-19']) {
    const reply = await till.core().call('members.enrol', { name: 'Olga', birthDate, consent })
    expect(reply).toEqual({
      ok: false,
      reason: 'bad_request',
      detail: {
        errors: [{ path: 'birthDate', found: `"${birthDate}"`, allowed: 'a day from 1900-01-01 to 2026-11-18' }],
      },
    })
  }
  for (const birthDate of ['1900-01-01', '2026-11-18']) {
    expect(await till.tried('members.enrol', { name: 'Olga', birthDate, consent })).toBe('done')
  }
})

test('who was enrolled offline is known after a restart with an empty cache', async () => {
  const till = await openTill()
  till.cloud.net.up = false
  await till.clock.pass(3_000)
  const member = await till.ask('members.enrol', {
    card: '2900000000063',
    name: 'Olga',
    phone: '+79265554433',
    consent,
  })
  till.crash()
  await till.emptyDatabase()
  await till.start()
  expect(await till.ask('members.find', { phone: '+79265554433' })).toMatchObject({ id: member.id, name: 'Olga' })
})

test('a card and a phone that lead to different members are refused; of one member, or of nobody, they are taken', async () => {
  const till = await openTill()
  const olga = await till.ask('members.enrol', { name: 'Olga', phone: '+79265554433', consent })
  const receipt = { id: 'r1', lines: [{ id: '1', amount: '100.00' }] }
  const quoted = (by: object) => till.core().call('quotes.create', { ...by, receipt })
  expect(await quoted({ card: anna.card, phone: '8 926 555-44-33' })).toEqual({
    ok: false,
    reason: 'bad_request',
    detail: {
      errors: [
        {
          path: 'phone',
          found: '+7 ••• •••-44-33, of another member',
          allowed: 'nothing, or what names the same member as "card"',
        },
      ],
    },
  })
  expect(await quoted({ phone: anna.phone, member: olga.id })).toMatchObject({
    detail: { errors: [{ path: 'member' }] },
  })
  expect(await quoted({ code: anna.card, card: olga.card })).toMatchObject({ detail: { errors: [{ path: 'card' }] } })
  expect(await till.tried('members.find', { card: anna.card, phone: '+79265554433' })).toBe('bad_request')
  expect(await till.tried('desk.member', { card: anna.card, phone: '+79265554433' })).toBe('bad_request')
  expect(till.core().state().member).toBeNull()

  for (const beside of [{ phone: anna.phone }, { phone: '+79990000000' }, { member: 'anna' }]) {
    expect(await quoted({ card: anna.card, ...beside })).toMatchObject({ value: { member: { id: 'anna' } } })
  }
})

test('a family that shares a phone is known by the card, with the phone beside it or without', async () => {
  const till = await openTill()
  till.cloud.net.up = false
  await till.clock.pass(3_000)
  const wife = await till.ask('members.enrol', { name: 'Olga', phone: '+79265554433', consent })
  const husband = await till.ask('members.enrol', { name: 'Oleg', consent })
  const { member } = (await till.cache().find({ member: husband.id as never }))!
  const row = { ...member, phone: '+79265554433' }
  await till.cache().apply([{ scope: 'member', key: husband.id, row }], '2026-11-18T09:00:10Z')
  for (const { card, id } of [wife, husband]) {
    expect((await till.ask('members.find', { card, phone: '+79265554433' })).id).toBe(id)
  }
})

test('a member without a receipt is forgotten after three minutes', async () => {
  const till = await openTill()
  await till.ask('scans.take', scan(anna.card))
  await till.clock.pass(179_000)
  expect(till.core().state().member).not.toBeNull()
  await till.clock.pass(2_000)
  expect(till.core().state().member).toBeNull()
})

test('a whole receipt is returned once: what was earned is taken, what was spent comes back', async () => {
  const till = await openTill()
  const quote = await till.ask('quotes.create', { card: anna.card, receipt: receipt('r1'), redeem: '60.00' })
  await till.ask('quotes.commit', { id: quote.id, idempotencyKey: 'k1' })
  const refund = { receipt: 'r1', idempotencyKey: 'back' }
  const view = await till.ask('receipts.refund', refund)
  expect(view).toMatchObject({ money: '940.00', pointsBack: '60.00', pointsTaken: '94.00', debt: '0.00' })
  expect(view.slip[0]).toBe('Возврат: 940 ₽')
  expect(await till.ask('receipts.refund', refund)).toEqual(view)
  expect(await till.tried('receipts.refund', { ...refund, idempotencyKey: 'again' })).toBe('nothing_left_to_return')
  await till.settle()
  expect(till.cloud.balance('anna')).toBe('100.00')
  expect((await till.ask('members.find', { card: anna.card })).balance).toBe('100.00')
})

test('a return of more than is left says how much is, and one of nothing says that it is nothing', async () => {
  const till = await openTill()
  await sold(till, 'r1', [
    { id: 'a', amount: '300.00', qty: '3' },
    { id: 'b', amount: '50.00' },
  ])
  let keys = 0
  const back = (...lines: { id: string; qty?: string; amount?: string }[]) =>
    till.core().call('receipts.refund', { receipt: 'r1', lines, idempotencyKey: `k${++keys}` })
  expect(await back({ id: 'a', qty: '1' }, { id: 'b', qty: '0' })).toMatchObject({ ok: true })
  const left = { qty: '2', amount: '200.00' }
  expect(await back({ id: 'a', qty: '3' })).toMatchObject({
    reason: 'returns_more_than_sold',
    detail: { line: 'a', left },
  })
  expect(await back({ id: 'a', amount: '200.01' })).toMatchObject({ detail: { line: 'a', left } })
  expect(await back({ id: 'b', amount: '0.00' }, { id: 'a', qty: '0.000' })).toEqual({
    ok: false,
    reason: 'bad_request',
    detail: {
      errors: [
        { path: 'lines.0.amount', found: '"0.00"', allowed: 'more than nothing: up to "50.00" is left of this line' },
        { path: 'lines.1.qty', found: '"0.000"', allowed: 'more than nothing: up to "2" is left of this line' },
      ],
    },
  })
  expect(await back({ id: 'a' }, { id: 'b' })).toMatchObject({ ok: true })
  expect(await back({ id: 'a', qty: '0' })).toMatchObject({ reason: 'nothing_left_to_return' })
})

test('a receipt comes back line by line, and never more than was sold', async () => {
  const till = await openTill()
  await sold(till, 'r1', [
    { id: 'a', amount: '300.00', qty: '3' },
    { id: 'b', amount: '50.00' },
  ])
  const part = await till.ask('receipts.refund', { receipt: 'r1', lines: [{ id: 'a', qty: '1' }], idempotencyKey: '1' })
  expect(part).toMatchObject({ money: '100.00', pointsTaken: '10.00' })
  const tooMuch = { receipt: 'r1', lines: [{ id: 'a', qty: '3' }], idempotencyKey: '2' }
  expect(await till.tried('receipts.refund', tooMuch)).toBe('returns_more_than_sold')
  expect(await till.tried('receipts.refund', { ...tooMuch, lines: [{ id: 'c' }], idempotencyKey: '3' })).toBe(
    'unknown_line',
  )
  expect((await till.ask('receipts.recent', {}))[0]).toMatchObject({
    returned: 'part',
    lines: [{ returned: '1' }, { returned: '0' }],
  })
  await till.ask('receipts.refund', { receipt: 'r1', idempotencyKey: '4' })
  expect((await till.ask('receipts.recent', {}))[0]).toMatchObject({ returned: 'whole' })
  await till.settle()
  expect(till.cloud.balance('anna')).toBe('100.00')
  expect(await till.tried('receipts.refund', { receipt: 'nobody', idempotencyKey: '5' })).toBe('unknown_receipt')
})

test('points spent before the goods came back are shown as debt', async () => {
  const till = await openTill()
  await sold(till, 'r1')
  await till.settle()
  const spend = await till.ask('quotes.create', { card: anna.card, receipt: receipt('r2', '400.00'), redeem: '200.00' })
  await till.ask('quotes.commit', { id: spend.id, idempotencyKey: 'k2' })
  const view = await till.ask('receipts.refund', { receipt: 'r1', idempotencyKey: 'back' })
  expect(view).toMatchObject({ pointsTaken: '100.00', debt: '80.00' })
})

async function withManager() {
  const till = await openTill()
  till.cloud.staff({ id: 'eva', name: 'Eva', role: 'manager', pin: await hashPin('1234', new Uint8Array(16)) })
  till.cloud.staff({ id: 'kim', name: 'Kim', role: 'cashier', pin: await hashPin('1111', new Uint8Array(16)) })
  await till.settle()
  return till
}

test('a manager opens and closes the shift; the report agrees with the cloud', async () => {
  const till = await withManager()
  expect(await till.ask('shift.open', { pin: '1234' })).toMatchObject({ openedBy: 'eva', receipts: 0 })
  expect(await till.tried('shift.open', { pin: '1234' })).toBe('shift_already_open')
  await sold(till, 'r1')
  await sold(till, 'r2')
  await till.ask('receipts.refund', { receipt: 'r2', idempotencyKey: 'back' })
  const report = await till.ask('shift.close', { pin: '1234' })
  expect(report).toMatchObject({
    receipts: 2,
    refunds: 1,
    turnover: '2000.00',
    earned: '200.00',
    pointsTaken: '100.00',
  })
  expect(report).toMatchObject({ unsent: 0, unsentReason: null, agrees: true, differences: [], quarantined: [] })
  expect(report.closedAt).not.toBeNull()
  expect(till.core().state().shift).toBeNull()
  expect(await till.tried('shift.close', { pin: '1234' })).toBe('no_open_shift')
  expect(till.cloud.entries(till.device).at(-1)?.entry.body).toMatchObject({ action: 'close', totals: { receipts: 2 } })
})

test('a shift closed offline says what is unsent and why, and sends it later', async () => {
  const till = await withManager()
  till.cloud.net.up = false
  await sold(till, 'r1')
  await till.clock.pass(3_000)
  const report = await till.ask('shift.close', { pin: '1234' })
  expect(report).toMatchObject({ unsent: 3, unsentReason: 'offline', agrees: null })
  till.cloud.net.up = true
  await till.until(() => till.core().state().link.unsent === 0)
  expect(await till.ask('shift.report', {})).toMatchObject({ unsent: 0, agrees: true })
})

test('wrong PINs that are tried all at once lock the till like those that are tried one after the other', async () => {
  const till = await withManager()
  const pins = ['0000', '0001', '0002', '0003', '0004', '0005', '1234']
  const replies = await Promise.all(pins.map((pin) => till.tried('shift.open', { pin })))
  const locked = ['pin_locked', 'pin_locked', 'pin_locked']
  expect(replies).toEqual(['wrong_pin', 'wrong_pin', 'wrong_pin', 'wrong_pin', ...locked])
})

test('five wrong PINs lock the till for five minutes, also after a restart; a cashier cannot close', async () => {
  const till = await withManager()
  expect(await till.tried('shift.open', { pin: '1111' })).toBe('wrong_pin')
  for (let tries = 2; tries < 5; tries++) expect(await till.tried('shift.open', { pin: '0000' })).toBe('wrong_pin')
  expect(await till.tried('shift.open', { pin: '0000' })).toBe('pin_locked')
  till.crash()
  await till.start()
  expect(await till.tried('shift.open', { pin: '1234' })).toBe('pin_locked')
  await till.clock.pass(300_000)
  expect(await till.tried('shift.open', { pin: '1234' })).toBe('done')
})

test('a call that makes no sense is refused with the path of what is wrong', async () => {
  const till = await openTill()
  const bad = await till.core().callAny('quotes.create', { receipt: { id: 'r1', lines: [{ id: '1', amount: '-5' }] } })
  expect(bad).toMatchObject({
    ok: false,
    reason: 'bad_request',
    detail: { errors: [{ path: 'receipt.lines.0.amount', found: '"-5"' }] },
  })
  expect(await till.core().callAny('toString', {})).toMatchObject({ ok: false, reason: 'bad_request' })
})

test('a refusal tells amounts as everybody else does: decimal text', async () => {
  const till = await openTill()
  const asked = { card: anna.card, receipt: receipt('r1'), redeem: '5000' }
  const refused = { ok: false, reason: 'redeem_exceeds_limit', detail: { redeem: '5000.00' } }
  expect(await till.core().call('quotes.create', asked)).toMatchObject(refused)
  till.cloud.net.up = false
  await till.clock.pass(60_000)
  const offline = { ok: false, reason: 'redeem_offline', detail: { redeem: '50.00' } }
  expect(await till.core().call('quotes.create', { ...asked, redeem: '50' })).toMatchObject(offline)
})

test('two lines under one id and a total beyond any receipt are refused before anything is quoted', async () => {
  const till = await openTill()
  const twice = {
    id: 'r1',
    lines: [
      { id: '1', amount: '1' },
      { id: '1', amount: '2' },
    ],
  }
  expect(await till.core().call('quotes.create', { receipt: twice })).toMatchObject({
    reason: 'bad_request',
    detail: { errors: [{ path: 'receipt.lines.1.id' }] },
  })
  const lines = Array.from({ length: 20 }, (_, i) => ({ id: String(i), amount: '999999999999.99' }))
  expect(await till.tried('quotes.create', { receipt: { id: 'r1', lines } })).toBe('bad_request')
  expect(await till.tried('desk.lines', { lines })).toBe('bad_request')
})

test('the member of a receipt that was left lying is not given to the next one', async () => {
  const till = await openTill()
  await till.ask('quotes.create', { card: anna.card, receipt: receipt('r1') })
  expect(await till.ask('quotes.create', { receipt: receipt('r2') })).toMatchObject({ member: null })
  await till.ask('scans.take', scan(anna.card))
  expect(await till.ask('quotes.create', { receipt: receipt('r2', '5.00') })).toMatchObject({ member: { id: 'anna' } })
})

test('digits that a person typed and that are a phone are no unknown card; from a scanner they are', async () => {
  const till = await openTill()
  const typed = await till.core().call('scans.take', { code: '89265554433', source: 'typed' })
  expect(typed).toMatchObject({ reason: 'unknown_member', detail: { phone: '+79265554433' } })
  expect(till.core().state().unknownCard).toBeNull()
  await till.clock.pass(3_000)
  expect(await till.tried('scans.take', scan('89265554433'))).toBe('unknown_card')
})
