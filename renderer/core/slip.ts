import type { MemberView, QuoteView, StampView } from '../../shared/core-api.ts'
import type { CompiledProgramme } from '../../shared/programme/compile.ts'

/** Lines to print under a receipt, in the member's language. Nothing personal: the slip may be left on the table. */

export interface SlipFacts {
  readonly earn: string
  readonly redeem: string
  readonly discount: string
  readonly rewards: QuoteView['rewards']
  /** The cards that the receipt has moved. */
  readonly stamps: readonly StampView[]
  readonly balance: string
  readonly card: string
}

export interface RefundSlipFacts {
  readonly money: string
  readonly pointsBack: string
  readonly pointsTaken: string
  /** The cards that the return has moved. */
  readonly stamps: readonly StampView[]
  readonly balance: string | null
}

type Language = 'ru' | 'en'

const words = {
  ru: {
    card: 'Карта',
    reward: 'Подарок',
    of: 'из',
    full: 'награда ждёт',
    earned: 'Начислено',
    redeemed: 'Оплачено баллами',
    discount: (money: string) => `скидка ${money}`,
    balance: 'На счёте',
    refund: 'Возврат',
    back: 'Возвращено на счёт',
    taken: 'Снято при возврате',
  },
  en: {
    card: 'Card',
    reward: 'Reward',
    of: 'of',
    full: 'a reward is waiting',
    earned: 'Earned',
    redeemed: 'Paid with points',
    discount: (money: string) => `${money} off`,
    balance: 'Balance',
    refund: 'Refund',
    back: 'Points returned',
    taken: 'Points taken back',
  },
} as const

/** The member's own language, else the programme's first. */
export function slipLanguage(member: MemberView | null, compiled: CompiledProgramme): Language {
  return member?.language ?? (compiled.document.points.names.ru === undefined ? 'en' : 'ru')
}

export function saleSlip(facts: SlipFacts, compiled: CompiledProgramme, language: Language): readonly string[] {
  const say = words[language]
  const counted = counter(compiled, language)
  const { currency } = compiled.document
  return [
    `${say.card}: •••• ${facts.card.slice(-4)}`,
    ...facts.rewards.map(({ name, money: off }) => `${name ?? say.reward}: −${money(off, currency, language)}`),
    ...(isNothing(facts.redeem)
      ? []
      : [`${say.redeemed}: ${counted(facts.redeem)} (${say.discount(money(facts.discount, currency, language))})`]),
    `${say.earned}: ${counted(facts.earn)}`,
    `${say.balance}: ${counted(facts.balance)}`,
    ...stampLines(facts.stamps, language),
  ]
}

/** "Кофе: 4 из 6". */
function stampLines(cards: readonly StampView[], language: Language): readonly string[] {
  const say = words[language]
  return cards.map(
    ({ name, stamps, need, full }) => `${name}: ${stamps} ${say.of} ${need}${full > 0 ? `, ${say.full}` : ''}`,
  )
}

export function refundSlip(facts: RefundSlipFacts, compiled: CompiledProgramme, language: Language): readonly string[] {
  const say = words[language]
  const counted = counter(compiled, language)
  return [
    `${say.refund}: ${money(facts.money, compiled.document.currency, language)}`,
    ...(isNothing(facts.pointsBack) ? [] : [`${say.back}: ${counted(facts.pointsBack)}`]),
    ...(isNothing(facts.pointsTaken) ? [] : [`${say.taken}: ${counted(facts.pointsTaken)}`]),
    ...(facts.balance === null ? [] : [`${say.balance}: ${counted(facts.balance)}`]),
    ...stampLines(facts.stamps, language),
  ]
}

// Making one takes longer than all the rest of a slip.
const plurals = { ru: new Intl.PluralRules('ru'), en: new Intl.PluralRules('en') }

const isNothing = (text: string): boolean => /^-?0+(\.0+)?$/.test(text)

/** "10 баллов", "1.50 point": the programme's own names for its points. */
function counter(compiled: CompiledProgramme, language: Language): (amount: string) => string {
  const forms = compiled.document.points.names[language] ?? compiled.document.points.names.ru ?? ['']
  return (amount) => {
    const shown = decimal(amount, language)
    const category = plurals[language].select(Math.abs(Number(amount)))
    const index =
      language === 'en' ? (category === 'one' ? 0 : 1) : category === 'one' ? 0 : category === 'many' ? 2 : 1
    return `${shown} ${forms[index] ?? forms.at(-1)}`
  }
}

/** "1 881,70", in English "1,881.70". Plain blanks: printers of receipts may not know others. */
function decimal(amount: string, language: Language): string {
  const [whole = '', part = '00'] = amount.split('.')
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, language === 'ru' ? ' ' : ',')
  return part === '00' ? grouped : `${grouped}${language === 'ru' ? ',' : '.'}${part}`
}

function money(amount: string, currency: string, language: Language): string {
  return currency === 'RUB' ? `${decimal(amount, language)} ₽` : `${decimal(amount, language)} ${currency}`
}
