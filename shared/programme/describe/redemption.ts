import type { Voice } from './voice.ts'

/** How much points may pay, who may ask for it, and what holds while the network is down. */
export function describeRedemption(voice: Voice): string[] {
  const words = WORDS[voice.language]
  const { basePercent, minPayablePerLine, requires, offline } = voice.document.redemption
  const share = voice.percent(basePercent)
  return [
    /^[0.]+$/.test(minPayablePerLine) ? words.most(share) : words.mostBut(share, voice.money(minPayablePerLine)),
    requires === undefined
      ? words.anybody
      : words.requires(voice.either([...new Set(requires)].map((way) => words.ways[way]))),
    words[offline?.policy ?? 'rights'],
    ...(offline?.risk === undefined
      ? []
      : [
          words.risk(
            voice.points(offline.risk.perReceipt),
            voice.points(offline.risk.perMember),
            voice.points(offline.risk.perTill),
            voice.points(offline.risk.perDay),
          ),
        ]),
  ]
}

const WORDS = {
  ru: {
    most: (share: string) => `Баллами можно оплатить до ${share} каждой позиции.`,
    mostBut: (share: string, least: string) =>
      `Баллами можно оплатить до ${share} каждой позиции; деньгами по ней остаётся не меньше ${least}.`,
    anybody: 'Для оплаты баллами подойдёт любой способ назвать себя.',
    requires: (ways: string) => `Для оплаты баллами подойдёт: ${ways}.`,
    ways: {
      card: 'карта',
      qr: 'QR-код',
      phone: 'телефон',
      'phone+code': 'телефон с кодом из сообщения',
      'phone+pin': 'телефон с PIN управляющего',
    },
    rights: 'Без связи касса списывает не больше своей доли счёта покупателя, отложенной для неё заранее.',
    'rights+risk':
      'Без связи касса списывает свою долю счёта покупателя, отложенную заранее, и сверх неё на риск магазина.',
    none: 'Без связи баллами платить нельзя.',
    risk: (receipt: string, member: string, till: string, day: string) =>
      `На риск магазина без связи: ${receipt} на чек, ${member} на покупателя, ${till} на кассу, ${day} в день.`,
  },
  en: {
    most: (share: string) => `Up to ${share} of each line may be paid with points.`,
    mostBut: (share: string, least: string) =>
      `Up to ${share} of each line may be paid with points; at least ${least} of it must be paid with money.`,
    anybody: 'To pay with points, any way to be identified will do.',
    requires: (ways: string) => `Paying with points takes ${ways}.`,
    ways: {
      card: 'a card',
      qr: 'a QR code',
      phone: 'a phone number',
      'phone+code': 'a phone number with a code from a message',
      'phone+pin': "a phone number with the manager's PIN",
    },
    rights: "Offline, a till redeems at most its own part of the member's balance, set aside beforehand.",
    'rights+risk':
      "Offline, a till redeems its own part of the member's balance, set aside beforehand, and some at risk.",
    none: 'Offline, nothing may be paid with points.',
    risk: (receipt: string, member: string, till: string, day: string) =>
      `At risk offline: ${receipt} per receipt, ${member} per member, ${till} per till, ${day} per day.`,
  },
}
