import { programmeJson } from '../quote/cases.ts'

/** A programme that uses every part there is, for those who have to speak of all of them. */
export const wholeProgramme: Record<string, unknown> = {
  ...programmeJson({
    outlets: [
      { id: 'A', name: 'Arbat' },
      { id: 'V', timeZone: 'Asia/Vladivostok', dayStartsAt: '05:00' },
    ],
    points: { value: '0.50', step: '0.02', rounding: 'half-up' },
    accrual: { basePercent: '1.5', capPercent: '50', activationDays: 1, lifeDays: 365, marginCapPercent: '40' },
    redemption: {
      basePercent: '30',
      minPayablePerLine: '1.00',
      requires: ['card', 'phone+code', 'phone+pin'],
      offline: {
        policy: 'rights+risk',
        risk: { perReceipt: '100.00', perMember: '201.00', perTill: '1002.00', perDay: '5000.00' },
      },
    },
    rules: {
      client: [
        { id: 'gold', when: { tiers: ['gold'] }, accrual: { percent: '5' }, redemption: { maxPercent: '20' } },
        { id: 'first', when: { purchaseNumber: [1, 2] }, accrual: { multiply: '2' } },
      ],
      goods: [
        { id: 'beans', when: { categories: ['beans', 'tea'] }, accrual: { fixedPoints: '25.00' } },
        { id: 'cake', when: { skus: ['cake'] }, accrual: { multiply: '1.5', maxPercent: '10', maxPoints: '40.00' } },
        { id: 'lunch', accrual: { fixedPercent: '5' } },
        { id: 'tobacco', when: { categories: ['tobacco'] }, accrual: { none: true } },
        { id: 'quiet', when: { categories: ['bags'] } },
      ],
      behaviour: [
        {
          id: 'evening',
          when: { weekdays: ['mon', 'fri'], from: '22:00', to: '02:00', receiptTotalFrom: '500.00' },
          accrual: { multiply: '3' },
        },
        {
          id: 'party',
          when: { birthdayWithinDays: 3, validFrom: '2026-01-31', validTo: '2026-12-31' },
          accrual: { multiply: '2' },
        },
        { id: 'the-day', when: { birthdayWithinDays: 0, outlets: ['A'] }, accrual: { multiply: '4' } },
        { id: 'march-8', when: { dates: ['03-08', '2026-05-09'], segments: ['near'] }, accrual: { percent: '8' } },
      ],
      receipt: [
        {
          id: 'small',
          when: { receiptTotalTo: '99.50', cardTypes: ['silver'], cards: ['42'] },
          redemption: { maxPercent: '10' },
        },
      ],
    },
  }),
  tiers: [
    { id: 'base', name: 'Гость', entry: { kind: 'automatic' } },
    {
      id: 'silver',
      name: 'Серебро',
      entry: {
        kind: 'earned',
        match: 'any',
        thresholds: [
          { kind: 'sum', from: '20000.00', window: { kind: 'rolling', days: 91 } },
          { kind: 'purchases', from: 21, window: { kind: 'calendar', unit: 'month' } },
        ],
      },
      keep: { kind: 'days', days: 182, graceDays: 14 },
      demotion: 'one-below',
    },
    {
      id: 'gold',
      name: 'Золото',
      entry: {
        kind: 'earned',
        match: 'all',
        thresholds: [
          { kind: 'points', from: '1000.00', window: { kind: 'lifetime' } },
          { kind: 'membership', days: 365 },
          { kind: 'goods', skus: ['beans'], quantity: '10', window: { kind: 'calendar', unit: 'year' } },
        ],
      },
      keep: { kind: 'calendar', unit: 'year' },
      welcome: { points: '300.00', lifeDays: 30 },
    },
    { id: 'friends', name: 'friends', entry: { kind: 'appointed' } },
  ],
  promotion: 'this-receipt',
  stamps: [
    {
      id: 'burger',
      name: 'Бургеры',
      collect: { kind: 'goods', categories: ['burgers'] },
      need: 5,
      reward: { kind: 'freeItem', categories: ['burgers'], upTo: '450.00' },
      claimDays: 30,
      repeat: false,
    },
    {
      id: 'dinner',
      name: 'Ужины',
      collect: { kind: 'visits', receiptTotalFrom: '700.00', perDay: 1 },
      when: { from: '18:00', to: '23:00' },
      need: 3,
      window: { kind: 'calendar', unit: 'month' },
      reward: { kind: 'points', gift: { points: '500.00', lifeDays: 14, activationDays: 2 } },
      claim: 'same-receipt',
    },
  ],
  coupons: [
    {
      id: 'spring',
      name: 'Весна',
      code: { kind: 'shared', code: 'SPRING' },
      usesPerMember: 2,
      usesInTotal: 1000,
      validFrom: '2026-03-01',
      validTo: '2026-05-31',
      when: { receiptTotalFrom: '1000.00' },
      reward: { kind: 'percentOff', percent: '10', upTo: '300.00' },
      holder: 'anyone',
      combines: true,
    },
    {
      id: 'sorry',
      name: 'Извините',
      code: { kind: 'personal', length: 8 },
      usesPerMember: null,
      lifeDays: 21,
      reward: { kind: 'amountOff', skus: ['latte'], amount: '100.00' },
    },
  ],
  referral: {
    share: ['link', 'code'],
    friend: { points: '100.00', lifeDays: 30 },
    referrer: { points: '201.00', lifeDays: 60 },
    purchaseFrom: '500.00',
    withinDays: 30,
    friendsPerMonthMax: 5,
  },
  gifts: [
    { id: 'hello', kind: 'welcome', gift: { points: '100.00', lifeDays: 7 } },
    { id: 'after', kind: 'welcome', at: 'first-purchase', gift: { points: '1.00', lifeDays: 1 } },
    {
      id: 'birthday',
      name: 'День рождения',
      kind: 'birthday',
      of: ['member', 'child', 'spouse'],
      daysBefore: 3,
      notBeforeMemberDays: 30,
      for: { tiers: ['gold'], cardTypes: ['silver'], segments: ['near'] },
      gift: { points: '300.00', lifeDays: 14 },
    },
    { id: 'review', kind: 'task', task: 'review', times: 3, gift: { points: '50.00', lifeDays: 90 } },
    { id: 'survey', kind: 'task', task: 'survey', gift: { points: '50.00', lifeDays: 90 } },
    { id: 'third', kind: 'purchase', number: 3, gift: { points: '22.00', lifeDays: 30 } },
  ],
  burn: [{ id: 'asleep', afterDays: 180, keep: '10.00', warnDays: [14, 1], for: { segments: ['near'] } }],
  checkpoints: [
    { id: 'monthly', every: 'month', need: { kind: 'sum', from: '1000.00' }, else: { kind: 'burn', percent: '50' } },
    { id: 'quarterly', every: 'quarter', need: { kind: 'purchases', from: 1 }, else: { kind: 'demote' } },
    {
      id: 'yearly',
      every: 'year',
      need: { kind: 'purchases', from: 2 },
      else: { kind: 'trigger', event: 'gone' },
      warnDays: [30],
    },
  ],
  refunds: { spent: 'debt', graceDays: 14 },
  cards: {
    masks: [
      { prefix: '2000', lengths: [13], check: 'ean13', cardType: 'silver' },
      { lengths: [6, 20], check: 'none' },
    ],
    defaultType: 'standard',
    attachDays: 14,
  },
  limits: {
    perMemberDay: { receipts: 5, earn: '1000.00', redeem: '2000.00' },
    receiptsPerHour: 3,
    returnsPerMonth: 2,
  },
}
