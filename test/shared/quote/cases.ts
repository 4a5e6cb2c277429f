import { readdirSync, readFileSync } from 'node:fs'
import { type ProgrammeDocument, parseProgramme } from '../../../shared/programme/schema.ts'
import { parseQuoteRequest } from '../../../shared/quote/json.ts'
import type { QuoteRequest } from '../../../shared/quote/types.ts'

/** Worked cases as data: each says only what differs from one plain programme, member and receipt. */
export interface WorkedCase {
  readonly name: string
  readonly at?: string
  readonly timeZone?: string
  readonly outlet?: string
  readonly outlets?: unknown
  readonly rules?: Record<string, unknown>
  readonly points?: Record<string, unknown>
  readonly accrual?: Record<string, unknown>
  readonly redemption?: Record<string, unknown>
  readonly member?: Record<string, unknown> | null
  readonly lines?: readonly Record<string, unknown>[]
  readonly redeem?: string
  readonly right?: string
  readonly rewards?: unknown
  readonly expect: Record<string, unknown>
}

export interface CaseFile {
  readonly rule: string
  readonly about: string
  readonly cases: readonly WorkedCase[]
}

const FOLDER = new URL('../../fixtures/cases/', import.meta.url)

export function caseFiles(): CaseFile[] {
  const names = readdirSync(FOLDER).filter((name) => name.endsWith('.json'))
  return names.sort().map((name) => JSON.parse(readFileSync(new URL(name, FOLDER), 'utf8')))
}

export function programmeJson(differs: Partial<WorkedCase> = {}): Record<string, unknown> {
  return {
    schema: 'programme/1',
    id: 'corner-cafe',
    version: 1,
    name: 'Corner Café',
    timeZone: differs.timeZone ?? 'Europe/Moscow',
    currency: 'RUB',
    ...(differs.outlets === undefined ? {} : { outlets: differs.outlets }),
    points: {
      names: { ru: ['балл', 'балла', 'баллов'], en: ['point', 'points'] },
      value: '1.00',
      step: '0.01',
      rounding: 'floor',
      ...differs.points,
    },
    accrual: { basePercent: '1', capPercent: '100', activationDays: 0, lifeDays: 365, ...differs.accrual },
    redemption: { basePercent: '100', minPayablePerLine: '0.00', ...differs.redemption },
    rules: { client: [], goods: [], behaviour: [], receipt: [], ...differs.rules },
  }
}

export function requestJson(differs: Partial<WorkedCase> = {}): Record<string, unknown> {
  const member = { card: '2000000000015', cardType: 'standard', tier: null, segments: [], balance: '5000.00' }
  const lines = differs.lines ?? [{ sku: 'cake', category: 'bakery', qty: '1', amount: '1000.00' }]
  return {
    at: differs.at ?? '2026-11-18T12:00:00+03:00',
    member: differs.member === null ? null : { ...member, ...differs.member },
    receipt: {
      id: 'r-1',
      outlet: differs.outlet ?? 'A',
      lines: lines.map((line, i) => ({ id: String(i + 1), ...line })),
    },
    redeem: differs.redeem ?? '0.00',
    right: differs.right ?? null,
    ...(differs.rewards === undefined ? {} : { rewards: differs.rewards }),
  }
}

export function programmeOf(differs: Partial<WorkedCase> = {}): ProgrammeDocument {
  const parsed = parseProgramme(programmeJson(differs))
  if (!parsed.ok) throw new Error(parsed.detail.map((problem) => problem.message).join('\n'))
  return parsed.value
}

export function requestOf(differs: Partial<WorkedCase> = {}): QuoteRequest {
  const parsed = parseQuoteRequest(requestJson(differs))
  if (!parsed.ok) throw new Error(parsed.detail.map((problem) => problem.message).join('\n'))
  return parsed.value
}
