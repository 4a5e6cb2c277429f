import { readFileSync } from 'node:fs'
import { fc, test as property } from '@fast-check/vitest'
import { describe, expect, test } from 'vitest'
import { aliveOf, type BgNbd, expectedPurchases, fitBgNbd } from '../../../../shared/segments/analysis/bg-nbd.ts'
import { ltvSettings, periodsOf } from '../../../../shared/segments/analysis/discounted.ts'
import { digamma, lnGamma } from '../../../../shared/segments/analysis/gamma.ts'
import { expectedCheck, fitGammaGamma } from '../../../../shared/segments/analysis/gamma-gamma.ts'
import { hypergeometric } from '../../../../shared/segments/analysis/hypergeometric.ts'
import { runs } from '../../runs.ts'

const cdnow = readFileSync(new URL('../../../fixtures/cdnow/histories.csv', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .slice(1)
  .map((line) => line.split(',').map(Number) as [number, number, number, number, number])
const histories = cdnow.map(([x, last, observed, , members]) => ({ x, tx: last / 7, T: observed / 7, members }))
const spendings = cdnow.filter(([x]) => x > 0).map(([x, , , cents, members]) => ({ x, mean: cents / 100 / x, members }))

describe('BG/NBD', () => {
  const fit = fitBgNbd(histories)!
  const model = fit.parameters

  test('[A12] finds the published parameters of CDNOW in weeks', () => {
    expect(model.r).toBeCloseTo(0.243, 3)
    expect(model.alpha).toBeCloseTo(4.414, 3)
    expect(model.a).toBeCloseTo(0.793, 3)
    expect(model.b).toBeCloseTo(2.426, 3)
    expect(Math.abs(fit.logLikelihood - -9582.43)).toBeLessThan(0.01)
    expect(fit.unidentified).toEqual([])
  })

  test('[A12] and the published expectation of one customer for the 39 weeks that follow', () => {
    expect(expectedPurchases(model, { x: 2, tx: 30.43, T: 38.86 }, 39)).toBeCloseTo(1.226, 3)
  })

  test('[A12] days instead of weeks make a process of the same shape, seven times slower', () => {
    const inDays = fitBgNbd(histories.map((one) => ({ ...one, tx: one.tx * 7, T: one.T * 7 })))!.parameters
    expect(inDays.alpha / 7).toBeCloseTo(model.alpha, 3)
    for (const name of ['r', 'a', 'b'] as const) expect(inDays[name]).toBeCloseTo(model[name], 3)
  })

  test('who has only just come, or bought once, is alive; the longer nothing, the less', () => {
    expect(aliveOf(model, { x: 0, tx: 0, T: 50 })).toBe(1)
    const ages = [0, 5, 20, 80].map((silence) => aliveOf(model, { x: 4, tx: 20, T: 20 + silence }))
    expect(ages).toEqual(ages.toSorted((one, other) => other - one))
    expect(ages[0]).toBeCloseTo(1 / (1 + model.a / (model.b + 3)), 12)
  })

  test('[A14] what is expected of a member is the sum over the ways in which it can come about', () => {
    const generous: BgNbd = { r: 1.3, alpha: 6, a: 1.7, b: 2.9 }
    expect(expectedPurchases(generous, { x: 3, tx: 10, T: 12 }, 26)).toBeCloseTo(simulated(generous, 3, 10, 12, 26), 1)
    const fickle: BgNbd = { ...generous, a: 3.2 }
    expect(expectedPurchases(fickle, { x: 3, tx: 10, T: 12 }, 26)).toBeCloseTo(simulated(fickle, 3, 10, 12, 26), 1)
    const alike: BgNbd = { r: 0.8, alpha: 4, a: 800_000, b: 3_200_000 } // everybody leaves with one chance in five
    expect(expectedPurchases(alike, { x: 0, tx: 0, T: 10 }, 1e9)).toBeCloseTo(5, 3)
  })

  const anyModel = fc.record({
    r: fc.double({ min: 0.05, max: 5, noNaN: true }),
    alpha: fc.double({ min: 0.5, max: 60, noNaN: true }),
    a: fc.oneof(fc.constantFrom(1, 1 + 1e-9, 0.999999), fc.double({ min: 0.05, max: 6, noNaN: true })),
    b: fc.double({ min: 0.05, max: 9, noNaN: true }),
  })
  property.prop([anyModel, fc.nat(30), fc.integer({ min: 1, max: 100 })], runs(200))(
    '[A14] more time ahead brings more, never more than an undying customer would',
    (one, x, T) => {
      const history = { x, tx: x === 0 ? 0 : T * 0.7, T }
      const expected = [1, 10, 100].map((ahead) => expectedPurchases(one, history, ahead))
      expect(expected).toEqual(expected.toSorted((less, more) => less - more))
      expect(expected[0]).toBeGreaterThan(0)
      expect(expected[2]).toBeLessThan((((one.r + x) * 100) / (one.alpha + T)) * 1.000001)
      const beside = expectedPurchases({ ...one, a: one.a + 1e-6 }, history, 10)
      expect(Math.abs(beside - expected[1]!)).toBeLessThan(1e-4 * expected[1]!)
    },
  )

  test('[A12] very many histories, of which a part is looked at first, give what all of them give', () => {
    const many = Array.from({ length: 61_000 }, (_, n) => ({ ...histories[(n * 7) % histories.length]!, members: 1 }))
    const counted = new Map<string, (typeof many)[number]>()
    for (const one of many) {
      const key = `${one.x} ${one.tx} ${one.T}`
      counted.set(key, { ...one, members: (counted.get(key)?.members ?? 0) + 1 })
    }
    const [all, few] = [fitBgNbd(many)!, fitBgNbd([...counted.values()])!]
    expect(all.logLikelihood / few.logLikelihood).toBeCloseTo(1, 9)
    for (const name of ['r', 'alpha', 'a', 'b'] as const)
      expect(all.parameters[name]).toBeCloseTo(few.parameters[name], 3)
  })

  test('[A15] nobody came twice: there is nothing to learn from', () => {
    expect(fitBgNbd([{ x: 0, tx: 0, T: 10, members: 5 }])).toBeNull()
    expect(fitBgNbd([])).toBeNull()
  })

  test('[A15] customers that never leave do not tell how leaving differs among them', () => {
    const loyal = Array.from({ length: 200 }, (_, n) => ({ x: 10 + (n % 21), tx: 52, T: 52, members: 1 }))
    expect(fitBgNbd(loyal)!.unidentified).toEqual(expect.arrayContaining(['a', 'b']))
    expect(fitBgNbd(histories.slice(0, 0).concat({ x: 1, tx: 3, T: 9, members: 4 }))!.unidentified).not.toEqual([])
  })
})

/** Rejects until members look like this one, then lets them live on: slow, rough and independent of the formulas. */
function simulated({ r, alpha, a, b }: BgNbd, x: number, tx: number, T: number, ahead: number): number {
  // given the rate and the chance of leaving, the weights are known; both are averaged over a grid
  let [sum, weights] = [0, 0]
  const steps = 400
  for (let i = 0; i < steps; i++) {
    const rate = ((i + 0.5) / steps) * 2.5
    const density = rate ** (r + x - 1) * Math.exp(-alpha * rate)
    for (let j = 0; j < steps; j++) {
      const leaving = (j + 0.5) / steps
      const stays = leaving ** (a - 1) * (1 - leaving) ** (b + x - 1)
      const alive = Math.exp(-rate * T) * stays
      const gone = Math.exp(-rate * tx) * leaving ** a * (1 - leaving) ** (b + x - 2)
      sum += (density * alive * (1 - Math.exp(-rate * leaving * ahead))) / leaving
      weights += density * (alive + gone)
    }
  }
  return sum / weights
}

describe('Gamma-Gamma', () => {
  const fit = fitGammaGamma(spendings)!

  test('[A13] finds the published parameters of CDNOW', () => {
    expect(fit.parameters.p).toBeCloseTo(6.25, 2)
    expect(fit.parameters.q).toBeCloseTo(3.74, 2)
    expect(fit.parameters.gamma).toBeCloseTo(15.44, 2)
    expect(fit.unidentified).toEqual([])
  })

  test('a newcomer is expected to spend what everybody does, a regular nearly what they did', () => {
    const { p, q, gamma } = fit.parameters
    expect(expectedCheck(fit.parameters, 0, 0)).toBeCloseTo((p * gamma) / (q - 1), 10)
    expect(expectedCheck(fit.parameters, 200, 80)).toBeCloseTo(80, 0)
    expect(expectedCheck({ p: 2, q: 0.9, gamma: 10 }, 0, 0)).toBeNull()
  })

  test('[A15] equal checks of one purchase each do not tell how much members differ', () => {
    expect(fitGammaGamma([])).toBeNull()
    expect(fitGammaGamma([{ x: 1, mean: 100, members: 50 }])!.unidentified).not.toEqual([])
  })
})

describe('functions that the models stand on', () => {
  test('the logarithm of the gamma function', () => {
    expect(lnGamma(0.5)).toBeCloseTo(Math.log(Math.PI) / 2, 13)
    expect(lnGamma(1)).toBeCloseTo(0, 13)
    expect(lnGamma(10)).toBeCloseTo(Math.log(362_880), 12)
  })

  property.prop([fc.double({ min: 0.01, max: 500, noNaN: true })], runs(200))('its steps, and its slope', (x) => {
    expect(lnGamma(x + 1) - lnGamma(x)).toBeCloseTo(Math.log(x), 9)
    expect(digamma(x + 1) - digamma(x)).toBeCloseTo(1 / x, 9)
    const step = 1e-4 * x
    expect((lnGamma(x + step) - lnGamma(x - step)) / (2 * step) / digamma(x)).toBeCloseTo(1, 3)
  })

  test('the hypergeometric function at known places', () => {
    expect(hypergeometric(1, 1, 2, 0.5)).toBeCloseTo(2 * Math.LN2, 14)
    expect(hypergeometric(0.5, 0.5, 1.5, 0.81)).toBeCloseTo(Math.asin(0.9) / 0.9, 13)
    expect(hypergeometric(3, 2, 2, 0.9)).toBeCloseTo(1000, 8)
    expect(hypergeometric(1e7, 0.5, 1e7, 0.75)).toBeCloseTo(2, 12) // in no more terms than a small one takes
    expect(hypergeometric(-2, 3, 4, 0.5)).toBeCloseTo(1 - 0.75 + 0.15, 14)
  })
})

test('the horizon is counted in months, the last one cut, money further off is worth less', () => {
  const periods = periodsOf(ltvSettings.parse({ horizonDays: 70, discountPercent: 10 }))
  expect(periods.map(({ endDays }) => endDays)).toEqual([30, 60, 70])
  expect(periods[0]!.worth).toBeCloseTo(1.1 ** (-15 / 365), 12)
  expect(periods.map(({ worth }) => worth)).toEqual(periods.map(({ worth }) => worth).toSorted((a, b) => b - a))
})
