import type { ProgrammeDocument } from '../../shared/programme/schema.ts'
import { cardNumberOf } from './people.ts'

/** The gold card of the café's oldest friend: a rule of its own. */
export const FRIENDS_CARD = cardNumberOf('gold', 1)

/**
 * A café with two outlets in Moscow whose programme uses every kind of rule: by card, card type, segment and birthday,
 * by goods, hours, weekdays, dates, total and number of the purchase, and bounds on what points may pay; with tiers, a
 * card of stamps, and gifts for enrolling and for birthdays.
 */
export const cornerCafe: ProgrammeDocument = {
  schema: 'programme/1',
  id: 'corner-cafe',
  version: 1,
  name: 'Угловое кафе / Corner Café',
  timeZone: 'Europe/Moscow',
  currency: 'RUB',
  outlets: [{ id: 'A' }, { id: 'B', dayStartsAt: '04:00' }],
  points: {
    names: { ru: ['балл', 'балла', 'баллов'], en: ['point', 'points'] },
    value: '1.00',
    step: '0.01',
    rounding: 'floor',
  },
  accrual: { basePercent: '3', capPercent: '50', activationDays: 0, lifeDays: 365 },
  redemption: {
    basePercent: '50',
    minPayablePerLine: '1.00',
    requires: ['card', 'qr', 'phone+code', 'phone+pin'],
    offline: { policy: 'rights' },
  },
  rules: {
    client: [
      { id: 'silver', when: { cardTypes: ['silver'] }, accrual: { percent: '5' } },
      { id: 'gold', when: { cardTypes: ['gold'] }, accrual: { percent: '10' } },
      { id: 'standard-limit', when: { cardTypes: ['standard'] }, redemption: { maxPercent: '30' } },
      { id: 'friend', when: { cards: [FRIENDS_CARD] }, accrual: { percent: '15' } },
      { id: 'regulars', when: { tiers: ['regular'], cardTypes: ['standard'] }, accrual: { percent: '4' } },
      { id: 'family', when: { tiers: ['family'], cardTypes: ['standard', 'silver'] }, accrual: { percent: '7' } },
      { id: 'neighbours', when: { segments: ['neighbours'], outlets: ['B'] }, accrual: { multiply: '1.5' } },
    ],
    goods: [
      { id: 'cappuccino', when: { skus: ['cappuccino'] }, accrual: { multiply: '2' } },
      { id: 'cakes', when: { categories: ['bakery/cakes'] }, accrual: { multiply: '1.5', maxPoints: '40.00' } },
      { id: 'lunch', when: { categories: ['lunch'] }, accrual: { fixedPercent: '5' } },
      { id: 'beans', when: { categories: ['retail/beans'] }, accrual: { fixedPoints: '50.00' } },
      { id: 'water', when: { categories: ['drinks/water'] }, accrual: { maxPercent: '2' } },
      { id: 'tobacco', when: { categories: ['tobacco'] }, accrual: { none: true }, redemption: { maxPercent: '0' } },
    ],
    behaviour: [
      {
        id: 'happy-hours',
        when: { weekdays: ['mon', 'tue', 'wed', 'thu', 'fri'], from: '15:00', to: '17:00' },
        accrual: { multiply: '2' },
      },
      { id: 'late', when: { outlets: ['B'], from: '22:00', to: '02:00' }, accrual: { multiply: '1.5' } },
      { id: 'mondays', when: { weekdays: ['mon'] }, accrual: { percent: '7' } },
      { id: 'march-8', when: { dates: ['03-08'] }, accrual: { percent: '8' } },
      { id: 'birthday', when: { birthdayWithinDays: 3 }, accrual: { multiply: '3' } },
      { id: 'first-purchase', when: { purchaseNumber: 1 }, accrual: { percent: '10' } },
      { id: 'big-table', when: { receiptTotalFrom: '3000.00' }, accrual: { multiply: '1.2' } },
      {
        id: 'opening-month',
        when: { validFrom: '2026-01-01', validTo: '2026-01-31' },
        redemption: { maxPercent: '20' },
      },
    ],
    receipt: [
      { id: 'outlet-b', when: { outlets: ['B'] }, redemption: { maxPercent: '40' } },
      { id: 'small-receipts', when: { receiptTotalTo: '100.00' }, redemption: { maxPercent: '10' } },
    ],
  },
  tiers: [
    { id: 'guest', name: 'Гость', entry: { kind: 'automatic' } },
    {
      id: 'regular',
      name: 'Завсегдатай',
      entry: {
        kind: 'earned',
        match: 'any',
        thresholds: [
          { kind: 'sum', from: '5000.00', window: { kind: 'rolling', days: 90 } },
          { kind: 'purchases', from: 12, window: { kind: 'rolling', days: 90 } },
        ],
      },
      keep: { kind: 'days', days: 60, graceDays: 7 },
      demotion: 'one-below',
    },
    {
      id: 'family',
      name: 'Семья',
      entry: {
        kind: 'earned',
        match: 'any',
        thresholds: [{ kind: 'sum', from: '20000.00', window: { kind: 'rolling', days: 90 } }],
      },
      keep: { kind: 'days', days: 90, graceDays: 14 },
      demotion: 'one-below',
    },
  ],
  stamps: [
    {
      id: 'coffee',
      name: 'Шестой кофе в подарок',
      collect: { kind: 'goods', categories: ['drinks/coffee'] },
      need: 5,
      window: { kind: 'rolling', days: 60 },
      reward: { kind: 'freeItem', categories: ['drinks/coffee'], quantity: '1', upTo: '320.00' },
    },
  ],
  gifts: [
    {
      kind: 'welcome',
      id: 'welcome',
      name: 'За знакомство',
      // from tomorrow: it is there to bring the second visit, not to pay for the first
      gift: { points: '100.00', lifeDays: 14, activationDays: 1 },
    },
    {
      kind: 'birthday',
      id: 'birthday',
      name: 'С днём рождения',
      gift: { points: '300.00', lifeDays: 10 },
      daysBefore: 3,
      notBeforeMemberDays: 7,
    },
  ],
  refunds: { spent: 'debt', graceDays: 14 },
  cards: {
    masks: [
      { prefix: '20000000', lengths: [13], check: 'ean13', cardType: 'standard' },
      { prefix: '20000001', lengths: [13], check: 'ean13', cardType: 'silver' },
      { prefix: '20000002', lengths: [13], check: 'ean13', cardType: 'gold' },
    ],
    defaultType: 'standard',
    attachDays: 7,
  },
}
