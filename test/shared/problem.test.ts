import { expect, test } from 'vitest'
import { z } from 'zod'
import { cardNumber } from '../../shared/ids.ts'
import { schemaErrors } from '../../shared/problem.ts'

const schema = z.strictObject({
  lines: z.array(z.string()),
  name: z.string({ error: 'a name of the shop' }),
  kind: z.enum(['sale', 'return']),
  card: cardNumber.optional(),
})

const told = (input: unknown) => schemaErrors(schema.safeParse(input).error!, input)

test('a wrong shape is told as where, what was found and what is allowed, never in the library’s words', () => {
  expect(told({ name: 7, kind: 'gift' })).toEqual([
    { path: 'lines', found: 'nothing', allowed: 'a list' },
    { path: 'name', found: '7', allowed: 'a name of the shop' },
    { path: 'kind', found: '"gift"', allowed: 'one of "sale"|"return"' },
  ])
  expect(told('rubbish')).toEqual([{ path: '(body)', found: '"rubbish"', allowed: 'an object' }])
})

test('a kind and a pattern are told as what is allowed too', () => {
  const kinds = z.discriminatedUnion('do', [
    z.object({ do: z.literal('gift') }),
    z.object({ do: z.literal('call'), id: z.string().regex(/^[a-z]+$/) }),
  ])
  const wrong = (input: unknown) => schemaErrors(kinds.safeParse(input).error!, input)
  expect(wrong({ do: 'x' })).toEqual([{ path: 'do', found: '"x"', allowed: 'one of "gift", "call"' }])
  expect(wrong({ do: 'call', id: '7' })).toEqual([{ path: 'id', found: '"7"', allowed: 'a text that fits /^[a-z]+$/' }])
})

test('a card number with a control character in it says what a card number is', () => {
  const [error] = told({ lines: [], name: 'A', kind: 'sale', card: 'rub\u0000bish' })
  expect(error).toMatchObject({ path: 'card', found: '"rub\\u0000bish"' })
  expect(error!.allowed).toContain('no control characters')
})
