import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { z } from 'zod'
import * as protocol from '../../../shared/sync/protocol.ts'
import { speaks, spoken } from '../../../shared/sync/spoken.ts'
import * as first from '../../fixtures/protocol-1.ts'

/**
 * The newest protocol's messages. A protocol that has been released never gets another fingerprint: make a new number
 * with a line in the history of `protocol.ts`, and say in `spoken.ts` what an older one is spared. A protocol that no
 * till in a shop speaks yet may still grow: then the fingerprint is corrected here, in the same commit.
 */
const FINGERPRINT = 'v2:15bfe7e8a081'

const isSchema = (value: unknown): value is z.ZodType => value instanceof z.ZodType

function fingerprint(): string {
  const schemas = Object.entries(protocol)
    .filter(([, value]) => isSchema(value))
    .map(([name, schema]) => [name, z.toJSONSchema(schema as z.ZodType, { io: 'input', unrepresentable: 'any' })])
    .sort(([a], [b]) => (String(a) < String(b) ? -1 : 1))
  const hash = createHash('sha256').update(JSON.stringify(schemas)).digest('hex').slice(0, 12)
  return `v${protocol.PROTOCOL_VERSION}:${hash}`
}

test('[S40] changing a message means a new protocol version', () => {
  expect(fingerprint()).toBe(FINGERPRINT)
})

test('[S41] whatever this release says in the first protocol, the first release understands', () => {
  const change = (scope: string, key: string, row: unknown) => ({ scope, key, row }) as protocol.PullChange
  const member = {
    ...{ id: 'anna', name: 'Anna', phone: null, birthDate: null, language: null, tier: null, tierUntil: null },
    ...{ segments: [], terms: [], purchases: 1, enrolledAt: '2026-01-01T00:00:00Z' },
  }
  const changes = spoken(1, [change('member', 'anna', member), change('card', '1', null)])
  const reply = { incarnation: 'x', cursor: '1', more: false, reset: true, changes, now: '2026-01-01T00:00:00Z' }
  expect(first.pullReply.parse(reply).changes).toHaveLength(2)
})

test('[S41] a scope that came later is not spoken of, and the first ones are', () => {
  expect(['member', 'card', 'balance', 'programme', 'staff'].map((scope) => speaks(1, scope as never))).toEqual(
    Array(5).fill(true),
  )
  const scopes = protocol.pullChange.options.map((option) => option.shape.scope.value)
  for (const scope of scopes) expect(speaks(protocol.PROTOCOL_VERSION, scope)).toBe(true)
})
