import type { Chance } from '../../cloud/demo/chance.ts'
import type { Roughness } from './faults.ts'

export const SHARED_CODE = 'HELLO'

/** A programme drawn from a seed: small numbers, short lives, so that everything happens within weeks. */
export function drawProgramme(chance: Chance, outlets: readonly string[], timeZone: string): Record<string, unknown> {
  const value = chance.pick(['1.00', '0.50', '2.00'])
  const some = <T>(probability: number, value: T): T[] => (chance.chance(probability) ? [value] : [])
  return {
    schema: 'programme/1',
    id: 'simulated',
    version: 1,
    name: 'Simulated',
    timeZone,
    currency: 'EUR',
    outlets: outlets.map((id) => ({ id })),
    points: {
      names: { ru: ['балл', 'балла', 'баллов'], en: ['point', 'points'] },
      value,
      // worth whole kopecks
      step: chance.pick([value === '0.50' ? '0.02' : '0.01', '1.00', '0.10']),
      rounding: chance.pick(['floor', 'half-up', 'ceil']),
    },
    accrual: {
      basePercent: String(chance.between(1, 20)),
      capPercent: '100',
      activationDays: chance.pick([0, 0, 1, 3]),
      lifeDays: chance.pick([2, 5, 14, 365]),
    },
    redemption: {
      basePercent: String(chance.pick([30, 50, 100])),
      minPayablePerLine: chance.pick(['0.00', '1.00']),
      ...drawOffline(chance),
    },
    refunds: { spent: chance.pick(['debt', 'loss']), graceDays: chance.pick([0, 3, 14]) },
    rules: {
      client: some(0.5, { id: 'silver', when: { cardTypes: ['silver'] }, accrual: { percent: '12.5' } }),
      goods: [
        ...some(0.5, { id: 'twice', when: { skus: ['cake'] }, accrual: { multiply: '2' } }),
        ...some(0.5, {
          id: 'tobacco',
          when: { categories: ['tobacco'] },
          accrual: { none: true },
          redemption: { maxPercent: '0' },
        }),
      ],
      behaviour: some(0.5, { id: 'mornings', when: { from: '08:00', to: '10:00' }, accrual: { multiply: '1.5' } }),
      receipt: [],
    },
    stamps: some(0.4, {
      id: 'cake',
      name: 'Cakes',
      collect: { kind: 'goods', skus: ['cake'] },
      need: chance.between(2, 5),
      reward: { kind: 'freeItem', skus: ['cake'], upTo: '9.00' },
      repeat: true,
    }),
    coupons: [
      ...some(0.4, {
        id: 'treat',
        name: 'A treat',
        code: { kind: 'personal', length: 8 },
        usesPerMember: chance.between(1, 2),
        lifeDays: chance.pick([3, 30]),
        reward: { kind: 'amountOff', amount: '1.00' },
        combines: true,
      }),
      ...some(0.3, {
        id: 'hello',
        name: 'Hello',
        code: { kind: 'shared', code: SHARED_CODE },
        usesPerMember: 1,
        reward: { kind: 'percentOff', percent: '10' },
        combines: true,
      }),
    ],
    gifts: [
      ...some(0.5, { id: 'welcome', kind: 'welcome', gift: { points: '3.00', lifeDays: chance.pick([1, 7]) } }),
      ...some(0.4, { id: 'third', kind: 'purchase', number: 3, gift: { points: '2.50', lifeDays: 10 } }),
    ],
    burn: some(0.3, { id: 'idle', afterDays: chance.pick([3, 7]) }),
    tiers: chance.chance(0.4)
      ? [
          { id: 'guest', name: 'Guest', entry: { kind: 'automatic' } },
          {
            id: 'friend',
            name: 'Friend',
            entry: {
              kind: 'earned',
              match: 'any',
              thresholds: [{ kind: 'purchases', from: 3, window: { kind: 'rolling', days: 10 } }],
            },
            keep: { kind: 'days', days: 5 },
          },
        ]
      : [],
  }
}

/** Mostly rights alone, as a programme that says nothing has them. */
function drawOffline(chance: Chance): Record<string, unknown> {
  const dice = chance.next()
  if (dice < 0.4) return {}
  if (dice < 0.6) return { offline: { policy: 'rights' } }
  if (dice < 0.7) return { offline: { policy: 'none' } }
  return { offline: RISKING }
}

const RISKING = {
  policy: 'rights+risk',
  risk: { perReceipt: '10.00', perMember: '15.00', perTill: '40.00', perDay: '60.00' },
}

/** With the rule that what a seed is rough about needs. */
export function roughProgramme(drawn: Record<string, unknown>, rough: Roughness | null): Record<string, unknown> {
  if (rough === 'returns') {
    // what was earned is spent at once, and then the receipt that earned it comes back
    const accrual = { ...(drawn.accrual as object), basePercent: '20', activationDays: 0 }
    return { ...drawn, accrual, refunds: { spent: 'debt', graceDays: 3 } }
  }
  if (rough !== 'risk') return drawn
  return { ...drawn, redemption: { ...(drawn.redemption as object), offline: RISKING } }
}
