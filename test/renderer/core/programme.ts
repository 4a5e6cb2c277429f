import type { ProgrammeDocument } from '../../../shared/programme/schema.ts'

/** A small café's programme for tests; `change` replaces parts of it. */
export function cafe(change: Partial<ProgrammeDocument> = {}): ProgrammeDocument {
  return {
    schema: 'programme/1',
    id: 'cafe',
    version: 1,
    name: 'Café',
    timeZone: 'Europe/Moscow',
    currency: 'RUB',
    points: {
      names: { ru: ['балл', 'балла', 'баллов'], en: ['point', 'points'] },
      value: '1.00',
      step: '0.01',
      rounding: 'floor',
    },
    accrual: { basePercent: '10', capPercent: '100', activationDays: 0, lifeDays: 365 },
    redemption: { basePercent: '50', minPayablePerLine: '0.00', requires: ['card', 'qr'] },
    rules: { client: [], goods: [], behaviour: [], receipt: [] },
    ...change,
  }
}
