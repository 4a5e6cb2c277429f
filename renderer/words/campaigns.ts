import { useTranslation } from 'react-i18next'

/**
 * Words of the manager's campaigns. Named by states and kinds that come from the cloud and are looked up, so they stand
 * outside the tree of typed keys.
 */
const ru = {
  language: 'ru' as 'ru' | 'en',
  title: 'Кампании',
  open: 'Открыть кампании',
  openNote: 'Кампании живут в облаке. Нужны связь и PIN менеджера.',
  loading: 'Облако считает…',
  again: 'Повторить',
  back: 'Все кампании',
  none: 'Кампаний пока нет. Начните с готовой цепочки: она возвращает тех, кто давно не покупал.',
  asOf: (time: string) => `На ${time}`,
  kept: (time: string) => `Показано то, что было на ${time}.`,
  state: { draft: 'черновик', running: 'идёт', paused: 'на паузе', stopped: 'остановлена' },
  began: 'Начата',
  notBegan: 'ещё нет',
  touched: 'Тронуто',
  bought: 'Купили за 14 дней',
  uplift: 'Прирост к контролю',
  tooEarly: (members: number) => `рано судить: нужно по ${members} гостей в каждой группе`,
  upliftShown: (estimate: string, low: string, high: string) => `${estimate} п. п. (от ${low} до ${high})`,
  given: 'Подарено',
  largestGift: (points: string) => `не больше ${points} одному`,
  gifts: (points: string) => `Подарки до ${points}`,
  sampleName: 'Анна',
  problem: {
    unreachable: 'Облако недоступно. Кампании живут там; попробуйте, когда связь вернётся.',
    not_found: 'Это облако ещё не показывает кампаний. Обновите его.',
    campaign_state: 'Кампанию уже перевёл в другое состояние кто-то ещё. Обновите список.',
    campaign_started: 'Кампания уже начата: её нельзя изменить, но можно скопировать.',
    campaign_needs:
      'В действующей программе нет того, что нужно кампании: купона, карточки штампов или чекпоинта. Проверьте их названия.',
    campaign_changed: 'Пока вы писали, этот черновик сохранил кто-то ещё. Ваши правки здесь: сохраните их копией.',
    campaign_exists: 'Кампания с таким названием уже есть: её только что сохранил кто-то ещё. Назовите эту иначе.',
    unknown_campaign: 'Этой кампании больше нет.',
    other: (code: string) => `Облако отказало (${code}).`,
  },
  act: {
    start: 'Начать',
    resume: 'Продолжить',
    pause: 'Поставить на паузу',
    stop: 'Остановить',
    copy: 'Скопировать',
    change: 'Изменить',
    drop: 'Удалить',
    cancel: 'Отмена',
  },
  sure: {
    start: 'С этой минуты правила кампании не меняются.',
    startReach: (today: string, reach: string, points: string) =>
      `Сегодня первое касание получат: ${today}; подарков на ${points}. Всего в охвате: ${reach}.`,
    startNobody: (reach: string) => `Сегодня касаний нет ни у кого. Всего в охвате: ${reach}; очередь дойдёт по дням.`,
    resume: 'Касания, которые подошли за время паузы, будут сделаны сегодня.',
    pause: 'Ни касаний, ни сообщений не будет, пока вы не продолжите. Дни цепочек идут дальше, подарки действуют.',
    stop: (open: string) =>
      `Открытых цепочек: ${open}; все закроются. Подсказки у кассиров исчезнут, неотправленные сообщения не уйдут. Подаренные баллы останутся. Начать снова нельзя, можно скопировать.`,
    drop: 'Черновик будет удалён, вернуть его нельзя.',
  },
  chain: {
    title: 'Цепочка',
    purchases: (from: number, to: number | undefined) =>
      to === undefined ? `покупок: ${from} и больше` : from === to ? `покупок: ${from}` : `покупок: ${from}–${to}`,
    cardTypes: (types: string) => `карты: ${types}`,
    exceptCardTypes: (types: string) => `кроме карт: ${types}`,
    start: (days: string) => `Начало: ${days} без покупки`,
    unknownStart: (kind: string) => `Начало: ${kind}`,
    control: (percent: string) => `Контрольная группа: ${percent} %`,
    at: (days: string) => `спустя ${days}`,
    atOnce: 'сразу',
    life: (days: string) => `на ${days}`,
  },
  start: {
    daysWithoutPurchase: 'Дни без покупки',
    birthday: 'День рождения',
    nameDay: 'Именины',
    pointsBurn: 'Баллы скоро сгорят',
    secondPurchaseNotMade: 'Нет второй покупки',
    afterEnrolment: 'После вступления',
    segmentEntered: 'Вошёл в сегмент',
    segmentLeft: 'Вышел из сегмента',
    stampAlmostFull: 'Карточка почти полна',
    checkpointMissed: 'Чекпоинт не пройден',
  },
  touch: {
    gift: 'Подарок',
    remind: 'Напоминание',
    call: 'Звонок',
    percent: 'Повышенный процент',
    coupon: 'Купон',
    product: 'Бесплатный товар',
    offer: 'Личное предложение',
    survey: 'Опрос',
  },
  result: {
    title: 'Что получилось',
    opened: 'Цепочек открыто',
    open: 'сейчас идёт',
    treated: 'Тронуто',
    control: 'В контрольной группе',
    conversion: 'Купили за 14 дней',
    ofControl: (percent: string) => `без касаний: ${percent}`,
    margin: 'Маржа с гостя',
    revenue: 'Выручка с гостя',
    extra: 'Маржа сверх контроля',
    extraNote: 'За дни касаний, за вычетом потраченных баллов; только чеки с известной себестоимостью.',
    noCost: 'Себестоимость чеков неизвестна',
    nothing: 'Касаний ещё не было.',
  },
  funnel: {
    title: 'Воронка по касаниям',
    number: (place: number, kind: string) => `${place}. ${kind}`,
    metric: 'Показатель',
    sent: 'Сделано',
    noConsent: 'Без согласия',
    delivered: 'Сообщений отправлено',
    waiting: 'Ждут отправки',
    lost: 'Не отправлено',
    bought: 'Купили',
    conversion: 'Конверсия',
    control: 'Конверсия контроля',
    given: 'Подарено баллов',
    spent: 'Потрачено баллов',
    revenue: 'Выручка',
    margin: 'Маржа',
  },
}

const en: typeof ru = {
  language: 'en',
  title: 'Campaigns',
  open: 'Open the campaigns',
  openNote: "Campaigns live in the cloud. They need the network and a manager's PIN.",
  loading: 'The cloud is computing…',
  again: 'Try again',
  back: 'All campaigns',
  none: 'No campaigns yet. Begin with the ready-made chain: it brings back those who have not bought for long.',
  asOf: (time) => `As of ${time}`,
  kept: (time) => `Shown as it was at ${time}.`,
  state: { draft: 'draft', running: 'running', paused: 'paused', stopped: 'stopped' },
  began: 'Started',
  notBegan: 'not yet',
  touched: 'Touched',
  bought: 'Bought within 14 days',
  uplift: 'Uplift against control',
  tooEarly: (members) => `too early to tell: ${members} customers are needed in each group`,
  upliftShown: (estimate, low, high) => `${estimate} percentage points (${low} to ${high})`,
  given: 'Given',
  largestGift: (points) => `at most ${points} each`,
  gifts: (points) => `Gifts up to ${points}`,
  sampleName: 'Anna',
  problem: {
    unreachable: 'The cloud cannot be reached. Campaigns live there; try when the link is back.',
    not_found: 'This cloud shows no campaigns yet. Update it.',
    campaign_state: 'Somebody else has changed the state of this campaign meanwhile. Load the list again.',
    campaign_started: 'The campaign has been started: it cannot be changed, but copied.',
    campaign_needs:
      'The programme in force has not what the campaign needs: a coupon, a stamp card or a checkpoint. Check their names.',
    campaign_changed: 'Somebody else has saved this draft while you wrote. Your changes are here: save them as a copy.',
    campaign_exists:
      'There is a campaign of this name already: somebody else has just saved it. Name this one otherwise.',
    unknown_campaign: 'This campaign is no longer there.',
    other: (code) => `The cloud refused (${code}).`,
  },
  act: {
    start: 'Start',
    resume: 'Go on',
    pause: 'Pause',
    stop: 'Stop',
    copy: 'Copy',
    change: 'Change',
    drop: 'Delete',
    cancel: 'Cancel',
  },
  sure: {
    start: "From this minute on the campaign's rules do not change.",
    startReach: (today, reach, points) =>
      `The first touch goes today to: ${today}; gifts of ${points}. In reach altogether: ${reach}.`,
    startNobody: (reach) => `Nobody is touched today. In reach altogether: ${reach}; their turn comes day by day.`,
    resume: 'Touches that became due during the pause are made today.',
    pause: 'No touches and no messages until you go on. The days of chains are counted, gifts stay valid.',
    stop: (open) =>
      `Open chains: ${open}; all of them close. Hints disappear from the tills, messages not sent yet are not sent. Points given stay. It cannot be started again, only copied.`,
    drop: 'The draft is deleted and cannot be brought back.',
  },
  chain: {
    title: 'The chain',
    purchases: (from, to) =>
      to === undefined
        ? `purchases: ${from} and more`
        : from === to
          ? `purchases: ${from}`
          : `purchases: ${from}–${to}`,
    cardTypes: (types) => `cards: ${types}`,
    exceptCardTypes: (types) => `except cards: ${types}`,
    start: (days) => `Begins: ${days} without a purchase`,
    unknownStart: (kind) => `Begins: ${kind}`,
    control: (percent) => `Control group: ${percent} %`,
    at: (days) => `${days} later`,
    atOnce: 'at once',
    life: (days) => `for ${days}`,
  },
  start: {
    daysWithoutPurchase: 'Days without a purchase',
    birthday: 'Birthday',
    nameDay: 'Name day',
    pointsBurn: 'Points about to burn',
    secondPurchaseNotMade: 'No second purchase',
    afterEnrolment: 'After enrolment',
    segmentEntered: 'Entered a segment',
    segmentLeft: 'Left a segment',
    stampAlmostFull: 'Stamp card almost full',
    checkpointMissed: 'Checkpoint missed',
  },
  touch: {
    gift: 'Gift',
    remind: 'Reminder',
    call: 'Call',
    percent: 'Raised percent',
    coupon: 'Coupon',
    product: 'Free product',
    offer: 'Personal offer',
    survey: 'Survey',
  },
  result: {
    title: 'What came of it',
    opened: 'Chains opened',
    open: 'under way',
    treated: 'Touched',
    control: 'In the control group',
    conversion: 'Bought within 14 days',
    ofControl: (percent) => `untouched: ${percent}`,
    margin: 'Margin of a customer',
    revenue: 'Revenue of a customer',
    extra: 'Margin beyond control',
    extraNote: 'In the days of the touches, less points spent; only receipts whose cost is known.',
    noCost: 'The cost of the receipts is not known',
    nothing: 'There were no touches yet.',
  },
  funnel: {
    title: 'Funnel by touch',
    number: (place, kind) => `${place}. ${kind}`,
    metric: 'Figure',
    sent: 'Made',
    noConsent: 'No consent',
    delivered: 'Messages sent',
    waiting: 'Waiting to be sent',
    lost: 'Not sent',
    bought: 'Bought',
    conversion: 'Conversion',
    control: 'Conversion of control',
    given: 'Points given',
    spent: 'Points spent',
    revenue: 'Revenue',
    margin: 'Margin',
  },
}

export type CampaignWords = typeof ru

export function useCampaignWords(): CampaignWords {
  const { i18n } = useTranslation()
  return i18n.language === 'en' ? en : ru
}

/** The name of a kind of touch; one that this till does not know yet by its own name. */
export const touchWord = (words: CampaignWords, kind: string): string =>
  (words.touch as Readonly<Record<string, string>>)[kind] ?? kind

/** Likewise of what a chain begins with. */
export const startWord = (words: CampaignWords, kind: string): string =>
  (words.start as Readonly<Record<string, string>>)[kind] ?? kind
