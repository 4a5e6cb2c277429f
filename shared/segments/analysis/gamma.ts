import { assert } from '../../result.ts'

/** The logarithm of the gamma function and its derivative for arguments above 0, to about 13 digits. */

const SERIES_FROM = 10 // from here on Stirling's series has all the digits that a double can hold

export function lnGamma(argument: number): number {
  assert(argument > 0, `an argument above 0, not ${argument}`)
  let [x, passed] = [argument, 1]
  for (; x < SERIES_FROM; x++) passed *= x
  const inverse = 1 / (x * x)
  const series = 1 / 12 - inverse * (1 / 360 - inverse * (1 / 1260 - inverse * (1 / 1680 - inverse * (1 / 1188))))
  return (x - 0.5) * Math.log(x) - x + LN_SQRT_TWO_PI + series / x - Math.log(passed)
}

export function digamma(argument: number): number {
  assert(argument > 0, `an argument above 0, not ${argument}`)
  let [x, passed] = [argument, 0]
  for (; x < SERIES_FROM; x++) passed += 1 / x
  const inverse = 1 / (x * x)
  const series =
    inverse * (1 / 12 - inverse * (1 / 120 - inverse * (1 / 252 - inverse * (1 / 240 - inverse * (1 / 132)))))
  return Math.log(x) - 0.5 / x - series - passed
}

const LN_SQRT_TWO_PI = 0.5 * Math.log(2 * Math.PI)
