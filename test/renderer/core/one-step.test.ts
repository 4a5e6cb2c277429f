import { expect, test } from 'vitest'
import { anna, openTill, receipt } from './till.ts'

/** Receipts that are final when they come, and those whose card nobody has yet. */

const consent = { personalData: true, messages: false } as const
const stranger = '2900000000049'
const phone = '+79165550000'

test('a receipt is quoted and booked in one step, once, whatever was repeated', async () => {
  const till = await openTill()
  const wish = { card: anna.card, receipt: receipt('r1'), redeem: '100.00', idempotencyKey: 'k1' }
  const booked = await till.ask('receipts.book', wish)
  expect(booked).toMatchObject({ receipt: 'r1', redeem: '100.00', toPay: '900.00', member: { id: 'anna' } })
  expect(await till.ask('receipts.book', wish)).toEqual(booked)
  expect(await till.tried('receipts.book', { ...wish, redeem: '10.00' })).toBe('idempotency_key_reused')
  expect(await till.tried('receipts.book', { ...wish, idempotencyKey: 'k2' })).toBe('receipt_already_booked')
  till.crash()
  await till.start()
  expect(await till.ask('receipts.book', wish)).toEqual(booked)
  await till.settle()
  expect(till.cloud.entries(till.device).filter(({ entry }) => entry.body.kind === 'sale').length).toBe(1)
})

test('a receipt that is sent many times at once is booked once, and each is answered the same', async () => {
  const till = await openTill()
  const wish = { card: anna.card, receipt: receipt('r1'), redeem: '100.00', idempotencyKey: 'k1' }
  const replies = await Promise.all(Array.from({ length: 6 }, () => till.core().call('receipts.book', wish as never)))
  expect(replies.map((reply) => reply.ok)).toEqual(Array(6).fill(true))
  for (const reply of replies) expect(reply).toEqual(replies[0])
  const others = await Promise.all(
    ['k2', 'k3', 'k4'].map((idempotencyKey) => till.tried('receipts.book', { ...wish, idempotencyKey })),
  )
  expect(others).toEqual(Array(3).fill('receipt_already_booked'))
  const fresh = { card: anna.card, receipt: receipt('r2') }
  const keys = await Promise.all(
    ['k5', 'k6'].map((idempotencyKey) => till.tried('receipts.book', { ...fresh, idempotencyKey })),
  )
  expect(keys.sort()).toEqual(['done', 'receipt_already_booked'])
  await till.settle()
  expect(till.cloud.entries(till.device).filter(({ entry }) => entry.body.kind === 'sale').length).toBe(2)
})

test('an enrolment that is sent many times at once makes one member; another with the same phone none', async () => {
  const till = await openTill()
  const wish = { phone, consent, idempotencyKey: 'e1' }
  const replies = await Promise.all(Array.from({ length: 5 }, () => till.core().call('members.enrol', wish)))
  expect(new Set(replies.map((reply) => (reply.ok ? reply.value.id : reply.reason))).size).toBe(1)
  const second = { phone: '+79165550001', consent }
  const two = await Promise.all(
    ['e2', 'e3'].map((key) => till.tried('members.enrol', { ...second, idempotencyKey: key })),
  )
  expect(two.sort()).toEqual(['done', 'phone_taken'])
})

test('what is no phone number is told with what is allowed, and a payment card’s number is not repeated', async () => {
  const till = await openTill()
  const allowed = 'a phone number such as "+79161234567"'
  expect(await till.core().call('members.find', { phone: '12' })).toMatchObject({
    reason: 'bad_phone',
    detail: { errors: [{ path: 'phone', found: '"12"', allowed }] },
  })
  const paid = await till.core().call('members.enrol', { phone: '4111 1111 1111 1111', consent })
  expect(JSON.stringify(paid)).toContain('bad_phone')
  expect(JSON.stringify(paid)).not.toContain('1111')
})

test('a receipt from before 1970 or after 2199 is refused: no days can be counted from it', async () => {
  const till = await openTill()
  for (const at of ['9999-12-31T23:59:59-12:00', '0000-01-01T00:00:00+14:00', '1969-12-31T23:59:59Z']) {
    const reply = await till
      .core()
      .call('quotes.create', { card: anna.card, receipt: { ...receipt('r1'), at } } as never)
    expect(reply).toMatchObject({
      reason: 'bad_request',
      detail: { errors: [{ path: 'receipt.at', found: `"${at}"` }] },
    })
  }
  expect(till.core().state().quote).toBeNull()
  for (const at of ['1970-01-01T00:00:00Z', '2199-12-31T23:59:59Z']) {
    expect(await till.tried('quotes.create', { card: anna.card, receipt: { ...receipt('r1'), at } } as never)).toBe(
      'done',
    )
  }
})

test('a returned line names a quantity or an amount, not both', async () => {
  const till = await openTill()
  await till.ask('receipts.book', { card: anna.card, receipt: receipt('r1'), idempotencyKey: 'k1' })
  const back = { receipt: 'r1', lines: [{ id: '1', qty: '1', amount: '1.00' }], idempotencyKey: 'b1' }
  expect(await till.core().call('receipts.refund', back as never)).toMatchObject({
    reason: 'bad_request',
    detail: { errors: [{ path: 'lines.0', allowed: expect.stringContaining('qty or amount') }] },
  })
})

test('a receipt that cannot be booked leaves nothing on the screen', async () => {
  const till = await openTill()
  const wish = { card: anna.card, receipt: receipt('r1'), redeem: '5000.00', idempotencyKey: 'k1' }
  expect(await till.tried('receipts.book', wish)).toBe('redeem_exceeds_limit')
  expect(till.core().state().quote).toBeNull()
})

test('an unknown card is refused unless the register says keep; then it is credited once somebody has it, once', async () => {
  const till = await openTill()
  const wish = { card: stranger, receipt: receipt('r1'), idempotencyKey: 'k1' }
  expect(await till.tried('receipts.book', wish)).toBe('unknown_card')
  const kept = await till.ask('receipts.book', { ...wish, whenUnknown: 'keep' })
  expect(kept).toMatchObject({ member: null, unresolved: { card: stranger }, earn: '0.00' })
  till.crash()
  await till.start()
  expect((await till.ask('receipts.recent', {}))[0]).toMatchObject({ member: null })
  const member = await till.ask('members.enrol', { card: stranger, name: 'Petr', consent })
  await till.until(() => till.core().state().link.unsent === 0)
  await till.settle()
  expect((await till.ask('receipts.recent', {}))[0]).toMatchObject({ earn: '100.00', member: { id: member.id } })
  expect(till.cloud.balance(member.id)).toBe('100.00')
  await till.ask('members.enrol', { name: 'Pavel', consent })
  await till.settle()
  const kinds = till.cloud.entries(till.device).map(({ entry, disposition }) => [entry.body.kind, disposition.kind])
  expect(kinds.filter(([kind]) => kind === 'attach')).toEqual([['attach', 'applied']])
})

test('a phone that nobody has is kept on the receipt, and in no journal', async () => {
  const till = await openTill()
  const quote = await till.ask('quotes.create', { phone, receipt: receipt('r1'), whenUnknown: 'keep' })
  expect(quote).toMatchObject({ member: null, unresolved: { phone } })
  await till.ask('quotes.commit', { id: quote.id, idempotencyKey: 'k1' })
  expect(JSON.stringify(till.journal.records())).not.toContain(phone)
  till.cloud.member('petr', stranger, '0.00', { name: 'Petr', phone })
  await till.until(() => till.core().state().link.unsent === 0)
  await till.clock.pass(60_000)
  await till.settle()
  expect((await till.ask('receipts.recent', {}))[0]).toMatchObject({ earn: '100.00', member: { id: 'petr' } })
})

test('whoever enrols with a key is enrolled once', async () => {
  const till = await openTill()
  const wish = { name: 'Petr', consent, idempotencyKey: 'e1' }
  const member = await till.ask('members.enrol', wish)
  till.crash()
  await till.start()
  expect(await till.ask('members.enrol', wish)).toMatchObject({ id: member.id, card: member.card })
  expect(await till.tried('members.enrol', { ...wish, name: 'Pavel' })).toBe('idempotency_key_reused')
})

test('[S20] receipts booked at once wait for the second copy together; nobody hears "done" before it, nor the screen', async () => {
  const till = await openTill()
  const ids = ['r1', 'r2', 'r3', 'r4', 'r5', 'r6'] as const
  const quotes = await Promise.all(ids.map((id) => till.ask('quotes.create', { receipt: receipt(id) })))
  await till.ask('quotes.commit', { id: quotes[0]!.id, idempotencyKey: 'k0' })
  const { appends } = till.journal.state
  let letGo = () => {}
  till.journal.state.held = new Promise((resolve) => {
    letGo = resolve
  })
  const told: string[] = []
  const commits = quotes.slice(1).map(async ({ id }, i) => {
    const booking = await till.ask('quotes.commit', { id, idempotencyKey: `k${i + 1}` })
    told.push(booking.receipt)
    return booking
  })
  await till.until(() => till.journal.state.appends > appends)
  const inFirstCopy = async () => (await till.money().entries(1, 1, 100)).filter(({ kind }) => kind === 'sale').length
  while ((await inFirstCopy()) < ids.length) await new Promise((resolve) => setTimeout(resolve, 1))
  expect(told).toEqual([])
  expect(till.core().state()).toMatchObject({ quote: { id: quotes.at(-1)!.id }, booked: { receipt: 'r1' } })
  letGo()
  await Promise.all(commits)
  expect(till.journal.state.appends - appends).toBe(2)
  expect(till.core().state()).toMatchObject({ quote: null, booked: { receipt: 'r6' } })
  const seqs = till.journal.records().map(({ seq }) => seq)
  expect(seqs).toEqual(seqs.map((_, i) => i + 1))
})

test('[S20] where the second copy fails for some at once, each of them is told to ask again, and all are booked once', async () => {
  const till = await openTill()
  const quotes = await Promise.all(['r1', 'r2', 'r3'].map((id) => till.ask('quotes.create', { receipt: receipt(id) })))
  till.journal.state.fails = true
  const commit = (i: number) => till.tried('quotes.commit', { id: quotes[i]!.id, idempotencyKey: `k${i}` })
  expect(await Promise.all([commit(0), commit(1), commit(2)])).toEqual(Array(3).fill('durability_pending'))
  till.journal.state.fails = false
  expect(await Promise.all([commit(2), commit(0), commit(1)])).toEqual(Array(3).fill('done'))
  const seqs = till.journal.records().map(({ seq }) => seq)
  expect(seqs).toEqual(seqs.map((_, i) => i + 1))
  await till.settle()
  expect(till.cloud.entries(till.device).filter(({ entry }) => entry.body.kind === 'sale')).toHaveLength(3)
})
