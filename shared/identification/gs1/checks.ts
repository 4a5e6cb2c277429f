import { gtinCheckDigit } from '../check-digit.ts'
import { COUNTRIES, COUNTRY_LETTERS, CURRENCIES, MEDIA_TYPES } from './lists.ts'

/**
 * What GS1's dictionary asks of a component beside its length and characters, by the dictionary's own names. `true`: it
 * holds.
 */
export const CHECKS: Readonly<Record<string, (data: string) => boolean>> = {
  csum: (data) => gtinCheckDigit(data.slice(0, -1)) === Number(data.at(-1)),
  csumalpha: hasCheckPair,
  gcppos1: (data) => /^\d{4}/.test(data),
  gcppos2: (data) => /^.\d{4}/.test(data),
  hasnondigit: (data) => /\D/.test(data),
  hh: (data) => data <= '23',
  mi: (data) => data <= '59',
  ss: (data) => data <= '59',
  hhmi: (data) => data.slice(0, 2) <= '23' && data.slice(2) <= '59',
  hyphen: (data) => data === '-',
  iban: isIban,
  importeridx: (data) => /^[A-Za-z0-9_-]$/.test(data),
  iso3166: (data) => COUNTRIES.has(data),
  iso3166999: (data) => data === '999' || COUNTRIES.has(data),
  iso3166alpha2: (data) => COUNTRY_LETTERS.has(data),
  iso4217: (data) => CURRENCIES.has(data),
  iso5218: (data) => '0129'.includes(data),
  latitude: (data) => data <= '1800000000',
  longitude: (data) => data <= '3600000000',
  mediatype: (data) => MEDIA_TYPES.has(data),
  nonzero: (data) => /[1-9]/.test(data),
  nozeroprefix: (data) => data === '0' || !data.startsWith('0'),
  packagetype: (data) => /^[0-9A-Z]{1,4}$/.test(data),
  pcenc: (data) => !/%(?![0-9A-Fa-f]{2})/.test(data),
  pieceoftotal: (data) => data.slice(0, 2) !== '00' && data.slice(2) !== '00' && data.slice(0, 2) <= data.slice(2),
  posinseqslash: isPositionInSequence,
  winding: (data) => '019'.includes(data),
  yesno: (data) => '01'.includes(data),
  yymmdd: (data) => isDay(yearOf(data.slice(0, 2)), data.slice(2, 4), data.slice(4)),
  yymmd0: (data) => isDay(yearOf(data.slice(0, 2)), data.slice(2, 4), data.slice(4) === '00' ? '01' : data.slice(4)),
  yyyymmdd: (data) => isDay(Number(data.slice(0, 4)), data.slice(4, 6), data.slice(6)),
  zero: (data) => data === '0',
}

/** The inside of North American coupons (AI 8110, 8112): a till of ours takes no such coupon. */
export const NOT_LOOKED_INTO: readonly string[] = ['couponcode', 'couponposoffer']

/** Two digits of a year: only whether 29 February exists depends on the century, and 2000 was a leap year. */
const yearOf = (digits: string) => 2000 + Number(digits)

function isDay(year: number, month: string, day: string): boolean {
  const [m, d] = [Number(month), Number(day)]
  if (m < 1 || m > 12 || d < 1) return false
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
  return d <= (m === 2 ? (isLeap ? 29 : 28) : [4, 6, 9, 11].includes(m) ? 30 : 31)
}

function isPositionInSequence(data: string): boolean {
  const [, position, total] = /^(\d+)\/(\d+)$/.exec(data) ?? []
  if (position === undefined || total === undefined) return false
  return !position.startsWith('0') && !total.startsWith('0') && Number(position) <= Number(total)
}

const SET_82 = '!"%&\'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz'
const PAIR_LETTERS = '23456789ABCDEFGHJKLMNPQRSTUVWXYZ'
/** Weights of a check pair, from the character next to the pair on: the primes. */
const PRIMES = [2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83]

/** Two check characters: prime weights over the places in set 82, modulo 1021. Source: GS1 General Specifications 7.9.5. */
function hasCheckPair(data: string): boolean {
  const body = data.slice(0, -2)
  if (body === '' || body.length > PRIMES.length) return false
  let sum = 0
  for (let i = 0; i < body.length; i++) sum += SET_82.indexOf(body[body.length - 1 - i]!) * PRIMES[i]!
  sum %= 1021
  return data.slice(-2) === `${PAIR_LETTERS[sum >> 5]}${PAIR_LETTERS[sum & 31]}`
}

/** ISO 13616: letters count from 10, modulo 97 is 1. */
function isIban(data: string): boolean {
  if (!/^[A-Z]{2}\d{2}[0-9A-Z]{6,30}$/.test(data) || !COUNTRY_LETTERS.has(data.slice(0, 2))) return false
  let rest = 0
  for (const letter of `${data.slice(4)}${data.slice(0, 4)}`) {
    for (const digit of Number.parseInt(letter, 36).toString()) rest = (rest * 10 + Number(digit)) % 97
  }
  return rest === 1
}
