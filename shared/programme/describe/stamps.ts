import { counted } from '../../quote/spoken.ts'
import type { StampCard } from '../stamps.ts'
import { benefitText } from './benefits.ts'
import { joined, type Voice } from './voice.ts'
import { whenText } from './when.ts'
import { windowText } from './windows.ts'

/** Stamp cards: what brings a stamp, how many fill a card, what it brings and until when. */
export function describeStamps(voice: Voice): string[] {
  return (voice.document.stamps ?? []).map((card) => cardText(card, voice))
}

function cardText(card: StampCard, voice: Voice): string {
  const words = WORDS[voice.language]
  const { collect, when, window } = card
  const stamp =
    collect.kind === 'goods'
      ? words.goods(voice.either([...(collect.skus ?? []), ...(collect.categories ?? [])]))
      : joined([
          words.visit,
          collect.receiptTotalFrom && words.totalFrom(voice.money(collect.receiptTotalFrom)),
          collect.perDay && words.perDay(collect.perDay),
        ])
  const stamps = counted(card.need, words.stamps, voice.language)
  const counts = window === undefined ? stamps : `${stamps} ${windowText(window, voice)}`
  const sentences = [
    `${words.title(card.name)}: ${joined([stamp, when && whenText(when, voice)])}`,
    words.full(counts, benefitText(card.reward, voice)),
    words[card.claim ?? 'next-receipt'],
    card.claimDays === undefined ? '' : words.claimDays(voice.days(card.claimDays)),
    card.repeat === false ? words.once : words.again,
  ]
  return `${joined(sentences, '. ')}.`
}

const WORDS = {
  ru: {
    title: (name: string) => `Карточка штампов «${name}»`,
    goods: (goods: string) => `штамп за каждую единицу товара ${goods}`,
    visit: 'штамп за каждый чек',
    totalFrom: (money: string) => `от ${money}`,
    perDay: (most: number) => `не больше ${most} в день`,
    stamps: ['штамп', 'штампа', 'штампов'],
    full: (stamps: string, reward: string) => `За ${stamps}: ${reward}`,
    'same-receipt': 'Награду можно взять тем же чеком, который заполнил карточку',
    'next-receipt': 'Награду можно взять со следующего чека',
    claimDays: (days: string) => `Заполненная карточка ждёт ${days}`,
    again: 'После заполненной начинается новая',
    once: 'Карточка одна, новая не начинается',
  },
  en: {
    title: (name: string) => `Stamp card "${name}"`,
    goods: (goods: string) => `a stamp for each unit of ${goods}`,
    visit: 'a stamp for each receipt',
    totalFrom: (money: string) => `of ${money} or more`,
    perDay: (most: number) => `at most ${most} a day`,
    stamps: ['stamp', 'stamps'],
    full: (stamps: string, reward: string) => `For ${stamps}: ${reward}`,
    'same-receipt': 'The reward may be taken in the receipt that fills the card',
    'next-receipt': 'The reward may be taken from the next receipt on',
    claimDays: (days: string) => `A full card waits for ${days}`,
    again: 'A new card begins when one is full',
    once: 'There is one card only',
  },
}
