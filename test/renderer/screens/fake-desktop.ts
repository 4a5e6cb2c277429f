import type { CampaignsReply, CampaignsRequest } from '../../../shared/campaigns/ask.ts'
import type { MemberView, NoAnswer, QuoteView, ReceiptSummary, TillState } from '../../../shared/core-api.ts'
import type { DesktopApi, Settings, TriedScan } from '../../../shared/desktop-api.ts'
import type { OwnSegment, SegmentsRequest } from '../../../shared/segments/ask.ts'
import type { SurveysReply, SurveysRequest } from '../../../shared/surveys/ask.ts'
import type { Question } from '../../../shared/surveys/document.ts'

/** What a test may turn before the page opens. */
export interface Scene {
  readonly language?: 'ru' | 'en'
  readonly state?: Partial<TillState>
  readonly devices?: Awaited<ReturnType<DesktopApi['devices']>>
  readonly foundPorts?: Awaited<ReturnType<DesktopApi['foundPorts']>>
  readonly neighbours?: Awaited<ReturnType<DesktopApi['neighbours']>>
  readonly settings?: Partial<Settings>
  /** What the cloud answers, by the report's name, for a preset or kind by "name:kind"; missing: it cannot be reached. */
  readonly reports?: Readonly<Record<string, unknown>>
  /** So many answers say that the latest report is being computed; with or without an earlier one. */
  readonly coming?: { readonly answers: number; readonly isKept: boolean }
  /** Own segments of the cloud; missing: it cannot be reached. */
  readonly segments?: readonly OwnSegment[]
  /** What the cloud does not do with segments, by what it is asked. */
  readonly segmentsRefused?: Readonly<Record<string, NoAnswer>>
  /** What conditions may name. */
  readonly known?: unknown
  /** Sizes by day, of a preset or the own ones. */
  readonly trends?: Readonly<Record<string, unknown>>
  /** What the cloud answers of campaigns, by what is asked, for one campaign by "one:id"; missing: it cannot be reached. */
  readonly campaigns?: Readonly<Record<string, CampaignsReply>>
  /** What the cloud answers of surveys, by what is asked, for one survey by "one:id"; missing: it cannot be reached. */
  readonly surveys?: Readonly<Record<string, SurveysReply>>
  /** The questions of a survey after the first, which stands in the member's hint. */
  readonly surveyQuestions?: readonly Question[]
  /** A shop that has sold nothing yet. */
  readonly noReceipts?: boolean
  /** Receipts of other tills; missing: none is known. */
  readonly elsewhere?: readonly ReceiptSummary[] | 'offline'
}

/** What a test may do to the fake shop while the page is open. */
export interface FakeShop {
  readonly calls: { readonly method: string; readonly params: unknown }[]
  readonly show: (change: Partial<TillState>) => void
  readonly link: (change: Partial<TillState['link']>) => void
  readonly core: (state: 'up' | 'restarting') => void
  /** The cloud answers otherwise of campaigns; null: it cannot be reached. */
  readonly campaigns: (answers: Readonly<Record<string, CampaignsReply>> | null) => void
  /** Likewise of surveys. */
  readonly surveys: (answers: Readonly<Record<string, SurveysReply>> | null) => void
  /** A scanner on a port sends something while scanners are tried. */
  readonly tried: (scan: TriedScan) => void
  /** The register sends a receipt. */
  readonly register: (lines: readonly { readonly name: string; readonly amount: string }[], card?: string) => void
}

/**
 * A believable shop behind `window.bonusbook`, without main, core or cloud: members, a simple programme (5 % earned,
 * at most half of a receipt by points), receipts and a shift. Runs inside the page, so it uses nothing from outside.
 */
export function installFakeDesktop(scene: Scene): void {
  const hundredths = (text: string) => BigInt(Math.round(Number(text) * 100))
  const text = (amount: bigint) =>
    `${amount < 0n ? '-' : ''}${(amount < 0n ? -amount : amount) / 100n}.${String((amount < 0n ? -amount : amount) % 100n).padStart(2, '0')}`
  const dayFromNow = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10)

  const member = (id: string, card: string, name: string, phone: string, rest: Partial<MemberView>): MemberView => ({
    id,
    name,
    phone: `+7 ••• •••-${phone.slice(-4, -2)}-${phone.slice(-2)}`,
    card,
    cardType: 'silver',
    tier: null,
    segments: [],
    balance: '0.00',
    spendable: '0.00',
    pending: '0.00',
    debt: '0.00',
    expiring: [],
    terms: [],
    birthdayInDays: null,
    language: null,
    identifiedBy: 'card',
    asOf: new Date().toISOString(),
    ...rest,
  })
  const people = new Map<string, MemberView>()
  const phones = new Map<string, string>()
  const join = (view: MemberView, phone: string) => {
    people.set(view.card, view)
    phones.set(phone.replace(/\D/g, '').slice(-10), view.card)
  }
  join(
    member('m-1', '2900000000018', 'Татьяна Королёва', '79123456701', {
      tier: 'Золото',
      segments: ['VIP'],
      balance: '1234.50',
      spendable: '1234.50',
      expiring: [{ lastDay: dayFromNow(3), points: '200.00' }],
    }),
    '79123456701',
  )
  join(
    member('m-2', '2900000000025', 'Пётр Ильич Константинопольский-Задунайский', '79123456702', {
      balance: '40.00',
      spendable: '40.00',
      pending: '15.00',
      birthdayInDays: 0,
      segments: ['потенциально лояльный', 'утро'],
      terms: [{ id: 'vip-week' }],
    }),
    '79123456702',
  )
  join(member('m-3', '123456', 'Anna Smith', '79123456703', { balance: '0.00', cardType: 'standard' }), '79123456703')
  join(member('m-4', '2900000000049', 'Олег Долгов', '79123456704', { debt: '120.00' }), '79123456704')

  const receipts: ReceiptSummary[] = scene.noReceipts
    ? []
    : [
        past('A1-0141', '640.00', '32.00', '0.00', 'm-1', 'Татьяна Королёва', 'waiting'),
        past('A1-0140', '1250.00', '62.50', '0.00', null, null, 'applied'),
        past('A1-0139', '320.00', '11.00', '100.00', 'm-2', 'Пётр Ильич Константинопольский-Задунайский', 'applied'),
        past('A1-0138', '99.90', '4.99', '0.00', 'm-3', 'Anna Smith', 'deficit'),
      ]
  function past(
    receipt: string,
    total: string,
    earn: string,
    redeem: string,
    id: string | null,
    name: string | null,
    sync: ReceiptSummary['sync'],
  ): ReceiptSummary {
    return {
      receipt,
      outlet: 'A',
      at: new Date(Date.now() - 900_000).toISOString(),
      total,
      earn,
      redeem,
      member: id === null ? null : { id, name, card: '2900000000018' },
      lines: [
        { id: '1', name: 'Капучино', qty: '2', amount: total, returned: '0' },
        { id: '2', name: 'Чизкейк', qty: '1', amount: '0.00', returned: '0' },
      ],
      returned: 'no',
      sync,
    }
  }

  let settings: Settings = {
    language: scene.language ?? 'ru',
    dock: 'right',
    alwaysOnTop: true,
    cloud: 'https://cloud.example',
    updates: 'stable',
    posApi: { port: 47601, allowedOrigins: [] },
    exchange: { folder: null },
    disk: { lowMegabytes: 200 },
    serial: [],
    hid: true,
    passOn: null,
    shortcut: 'Control+Shift+B',
    lan: { enabled: true, port: 47602, addresses: [] },
    hidAffixes: [],
    wedge: { gapMs: 50, minLength: 6, prefix: '', suffix: '', layout: 'us' },
    ...scene.settings,
  }
  let state: TillState = {
    phase: 'ready',
    refusal: null,
    till: { tenant: 'corner-cafe', outlet: 'A', till: 'A1', device: 'd-1' },
    programme: {
      id: 'corner-cafe',
      version: 12,
      name: 'Corner Café',
      currency: 'RUB',
      timeZone: 'Europe/Moscow',
      step: '1.00',
      value: '1.00',
      names: { ru: ['балл', 'балла', 'баллов'], en: ['point', 'points'] },
      categories: ['drinks/coffee', 'lunch', 'tobacco'],
    },
    link: {
      online: true,
      syncing: false,
      lastContactAt: new Date().toISOString(),
      unsent: 0,
      oldestUnsentAt: null,
      quarantined: 0,
      progress: null,
      problem: null,
    },
    shift: {
      id: 's-1',
      openedAt: new Date(Date.now() - 4 * 3_600_000).toISOString(),
      openedBy: 'sale',
      receipts: 41,
      refunds: 1,
      turnover: '28640.50',
      earned: '1432.25',
      redeemed: '860.00',
      pointsBack: '100.00',
      pointsTaken: '11.00',
    },
    member: null,
    unknownCard: null,
    stranger: null,
    quote: null,
    booked: null,
    notice: null,
    ...scene.state,
  }
  type Listener = Parameters<DesktopApi['onEvent']>[0]
  const listeners = new Set<Listener>()
  const emit = (event: Parameters<Listener>[0]) => {
    for (const listener of [...listeners]) listener(structuredClone(event))
  }
  const show = (change: Partial<TillState>) => {
    state = { ...state, ...change }
    emit({ type: 'state', state })
  }

  type Line = { readonly id: string; readonly name?: string; readonly category?: string; readonly amount: string }
  let noticeId = 0
  let seq = 0
  function quoted(lines: readonly Line[], from: QuoteView['from'], redeem: bigint, id: string): QuoteView {
    const who = state.member
    const total = lines.reduce((sum, line) => sum + hundredths(line.amount), 0n)
    const rules = total / 2n
    const balance = who === null ? 0n : hundredths(who.balance)
    const most = !state.link.online || who === null ? 0n : ((rules < balance ? rules : balance) / 100n) * 100n
    const used = redeem > most ? 0n : redeem
    const earn = who === null ? 0n : (((total - used) * 5n) / 10_000n) * 100n
    return {
      id,
      from,
      state: used > 0n ? 'held' : 'open',
      receipt: { id: `A1-${142 + seq}`, at: new Date().toISOString(), outlet: 'A' },
      member: who,
      total: text(total),
      earn: text(earn),
      redeemable: text(most),
      redeemBound: who === null ? 'no_member' : !state.link.online ? 'offline' : balance < rules ? 'balance' : 'rules',
      redeem: text(used),
      discount: text(used),
      toPay: text(total - used),
      rewards: [],
      lines: lines.map((line) => ({
        id: line.id,
        name: line.name ?? null,
        sku: null,
        category: line.category ?? null,
        qty: '1',
        amount: text(hundredths(line.amount)),
        earn: text((hundredths(line.amount) * 5n) / 100n),
        limit: text(hundredths(line.amount) / 2n),
        discount: '0.00',
      })),
      why: {} as QuoteView['why'],
      sentences: {
        ru: ['Карта silver: 5 % вместо базового 1 %.', 'Капучино: удвоение, с 16 до 18 часов ещё втрое.'],
        en: ['Card silver: 5 % instead of the base 1 %.', 'Cappuccino: doubled, from 16 to 18 h tripled on top.'],
      },
    }
  }
  let lines: readonly Line[] = []
  const requote = () => {
    const before = state.quote
    const from = before?.from ?? 'screen'
    show({
      quote:
        lines.length === 0
          ? null
          : quoted(lines, from, hundredths(before?.redeem ?? '0'), before?.id ?? `q-${Math.random()}`),
    })
  }
  const ok = (value: unknown) => ({ ok: true as const, value })
  const no = (reason: never | string) => ({ ok: false as const, reason: reason as never })
  const attach = (card: string) => {
    state = { ...state, member: people.get(card)!, unknownCard: null, booked: null, notice: null }
    requote()
    return ok(people.get(card)!)
  }
  const refuse = (reason: string) => {
    noticeId += 1
    show({ notice: { id: noticeId, reason: reason as never } })
    return no(reason)
  }
  let expected = 'cards'
  const scan = (code: string, source: string) => {
    const isOwn = receipts.some(({ receipt }) => receipt === code)
    if (isOwn || (expected === 'receipts' && !people.has(code) && !code.startsWith('4111'))) {
      if (expected === 'cards' && (state.member !== null || state.quote !== null)) return refuse('unknown_code')
      emit({ type: 'scan', code, source, receipt: true })
      return ok({ member: null, code, receipt: true })
    }
    if (people.has(code)) return attach(code)
    if (code.startsWith('4111')) return refuse('payment_card')
    if (code.startsWith('http')) return refuse('unknown_code')
    if (code === '2900000000019') return refuse('bad_check_digit')
    if (code === '2900000000099') return refuse('card_blocked')
    if (!/^\d{6,13}$/.test(code)) return refuse('unknown_code')
    show({ unknownCard: code, booked: null })
    return no('unknown_card')
  }

  // biome-ignore lint/suspicious/noExplicitAny: the page checks what it sends by the contract's own types
  const answer = (method: string, params: any) => {
    switch (method) {
      case 'state':
        return ok(state)
      case 'scans.take':
        return scan(params.code, params.source)
      case 'scans.expect':
        expected = params.codes
        return ok(null)
      case 'members.find':
        if (params.code !== undefined) {
          const digits = String(params.code).replace(/^\]../, '')
          if (digits === '4006381333931') return no('goods_code')
          return people.has(digits) ? ok(people.get(digits)) : no('unknown_card')
        }
        return people.has(params.card) ? ok(people.get(params.card)) : no('unknown_card')
      case 'desk.member': {
        if (params.card !== undefined) return people.has(params.card) ? attach(params.card) : no('unknown_card')
        const card = phones.get(String(params.phone).replace(/\D/g, '').slice(-10))
        return card === undefined ? no('unknown_member') : attach(card)
      }
      case 'members.enrol': {
        const digits = String(params.phone).replace(/\D/g, '')
        if (phones.has(digits.slice(-10))) return no('phone_taken')
        const card = params.card ?? '2900000000506'
        join(member(`m-${card}`, card, params.name ?? null, digits, { cardType: 'standard' }), digits)
        return attach(card)
      }
      case 'desk.lines':
        if (state.quote?.from === 'register') return no('desk_busy')
        lines = params.lines
        state = { ...state, booked: null }
        requote()
        return ok(state)
      case 'desk.redeem':
        show({ quote: quoted(lines, state.quote!.from, hundredths(params.points), state.quote!.id) })
        return ok(state)
      case 'quotes.code':
        return ok({ sentTo: '+7 ••• ••• 45 67', expiresAt: new Date().toISOString() })
      case 'quotes.confirm':
      case 'quotes.vouch': {
        if (method === 'quotes.confirm' && params.code !== '424242') return no('wrong_code')
        if (method === 'quotes.vouch' && params.pin !== '1234') return no('wrong_pin')
        show({ quote: { ...state.quote!, redeemable: '200.00', redeemBound: 'rules' } })
        return ok(state.quote)
      }
      case 'desk.hint':
        show({ member: state.member === null ? null : { ...state.member, hint: null } })
        requote()
        return ok(state)
      case 'desk.answer': {
        const hint = state.member?.hint
        const next = surveyQuestions.shift()
        const isLeft = params.answer !== '' && hint?.survey !== undefined && next !== undefined
        const shown = isLeft
          ? { ...hint, survey: { ...hint.survey!, question: next, place: hint.survey!.place + 1 } }
          : null
        show({ member: state.member === null ? null : { ...state.member, hint: shown } })
        requote()
        return ok(state)
      }
      case 'desk.release':
        state = { ...state, member: null, unknownCard: null }
        requote()
        return ok(state)
      case 'desk.clear':
        lines = []
        show({ quote: null, member: null, booked: null, unknownCard: null, notice: null })
        return ok(state)
      case 'desk.commit': {
        const quote = state.quote!
        seq += 1
        const who = quote.member
        const after =
          who === null
            ? null
            : { ...who, balance: text(hundredths(who.balance) + hundredths(quote.earn) - hundredths(quote.redeem)) }
        if (after !== null) people.set(after.card, after)
        const booking = {
          receipt: quote.receipt.id,
          outlet: 'A',
          key: { device: 'd-1', epoch: 1, seq },
          at: new Date().toISOString(),
          member: after,
          total: quote.total,
          earn: quote.earn,
          redeem: quote.redeem,
          discount: quote.discount,
          toPay: quote.toPay,
          slip: ['Corner Café', `Начислено: ${quote.earn}`, `Списано: ${quote.redeem}`, `На счёте: ${after?.balance}`],
        }
        lines = []
        receipts.unshift({
          ...past(
            quote.receipt.id,
            quote.total,
            quote.earn,
            quote.redeem,
            who?.id ?? null,
            who?.name ?? null,
            'waiting',
          ),
        })
        show({ quote: null, member: null, booked: booking })
        return ok(booking)
      }
      case 'receipts.recent': {
        const words = String(params.search ?? '').toLowerCase()
        return ok(receipts.filter((each) => `${each.receipt} ${each.member?.name ?? ''}`.toLowerCase().includes(words)))
      }
      case 'receipts.find': {
        const told = scene.elsewhere ?? []
        if (told === 'offline')
          return { ok: false as const, reason: 'receipt_elsewhere' as const, detail: { till: 'Till 2' } }
        return ok(told.filter((each) => each.receipt === params.receipt))
      }
      case 'receipts.refund': {
        const index = receipts.findIndex((each) => each.receipt === params.receipt)
        const sale = receipts[index]!
        receipts[index] = { ...sale, returned: params.lines === undefined ? 'whole' : 'part' }
        return ok({
          receipt: sale.receipt,
          key: { device: 'd-1', epoch: 1, seq: 9 },
          money: text(hundredths(sale.total) - hundredths(sale.redeem)),
          pointsBack: sale.redeem,
          pointsTaken: sale.earn,
          debt: '0.00',
          slip: ['Возврат', `Чек ${sale.receipt}`],
        })
      }
      case 'shift.open':
        if (params.pin !== '1234') return no('wrong_pin')
        show({ shift: { ...report(), receipts: 0, turnover: '0.00', earned: '0.00', redeemed: '0.00' } })
        return ok(state.shift)
      case 'shift.close': {
        if (params.pin !== '1234') return no('wrong_pin')
        closed = { ...report(), closedAt: new Date().toISOString() }
        show({ shift: null })
        return ok(closed)
      }
      case 'shift.report':
        if (state.shift !== null) return ok({ ...report(), closedAt: null })
        return closed === null ? no('no_open_shift') : ok({ ...closed, ...standing() })
      case 'reports.ask': {
        if (params.pin !== '1234') return no('wrong_pin')
        const kind = params.settings?.preset ?? params.settings?.of
        const report = scene.reports?.[`${params.name}:${kind}`] ?? scene.reports?.[params.name]
        if (report === undefined) return ok({ kind: 'unreachable' })
        coming -= 1
        const isComing = coming >= 0
        return ok(
          isComing && scene.coming?.isKept === false ? { kind: 'coming' } : { kind: 'report', report, isComing },
        )
      }
      case 'segments.ask':
        return params.pin === '1234' ? ok(ownSegments(params.request)) : no('wrong_pin')
      case 'campaigns.ask':
        return params.pin === '1234' ? ok(ofCampaigns(params.request)) : no('wrong_pin')
      case 'surveys.ask':
        return params.pin === '1234' ? ok(ofSurveys(params.request)) : no('wrong_pin')
      case 'sync.now':
        return ok(state.link)
      case 'quarantine.list':
        return ok([
          {
            seq: 17,
            code: 'unknown_member',
            message: 'It names a member that the network does not know.',
            receipt: 'A1-0120',
          },
        ])
      default:
        return no('bad_request')
    }
  }
  let coming = scene.coming?.answers ?? 0
  const surveyQuestions = [...(scene.surveyQuestions ?? [])]
  let campaigns = scene.campaigns ?? null
  const ofCampaigns = (request: CampaignsRequest) => {
    if (campaigns === null) return { kind: 'unreachable' }
    const named = 'campaign' in request ? campaigns[`${request.ask}:${request.campaign}`] : undefined
    return named ?? campaigns[request.ask] ?? { kind: 'refused', code: 'unknown_campaign' }
  }
  let surveys = scene.surveys ?? null
  const ofSurveys = (request: SurveysRequest) => {
    if (surveys === null) return { kind: 'unreachable' }
    const named = 'survey' in request ? surveys[`${request.ask}:${request.survey}`] : undefined
    return named ?? surveys[request.ask] ?? { kind: 'refused', code: 'unknown_survey' }
  }
  let kept = [...(scene.segments ?? [])]
  const numbers: Record<string, unknown> = {}
  const ownSegments = (request: SegmentsRequest) => {
    if (scene.segments === undefined) return { kind: 'unreachable' }
    const refused = scene.segmentsRefused?.[request.ask]
    if (refused !== undefined) return refused
    const keep = (made: Pick<OwnSegment, 'segment' | 'name' | 'kind' | 'predicate'>) => {
      kept = [...kept.filter(({ segment }) => segment !== made.segment), { ...made, members: 3, trend: [] }]
      return { kind: 'saved', segment: made.segment, members: 3 }
    }
    switch (request.ask) {
      case 'list':
        return { kind: 'list', segments: kept }
      case 'preview':
        return { kind: 'preview', members: 3, sample: ['m-1', 'm-2', 'm-3'] }
      case 'save':
        return keep({
          segment: request.segment ?? `s-${kept.length}`,
          name: request.name,
          kind: request.kind,
          predicate: request.predicate,
        })
      case 'rfm':
        return keep({ segment: `rfm-${request.group}`, name: request.name, kind: 'live', predicate: { all: [] } })
      case 'rfmCell':
        return keep({
          segment: `rfm-cell-${request.r}${request.f}`,
          name: request.name,
          kind: 'live',
          predicate: { all: [] },
        })
      case 'drop':
        kept = kept.filter(({ segment }) => segment !== request.segment)
        return { kind: 'dropped' }
      case 'known':
        return (
          scene.known ?? {
            kind: 'known',
            attributes: [],
            events: [],
            categories: [],
            goods: [],
            tiers: [],
            cardTypes: [],
          }
        )
      case 'preset':
        return { kind: 'preset', family: request.family, settings: numbers[request.family] ?? {} }
      case 'setPreset':
        numbers[request.family] = request.settings
        return { kind: 'preset', family: request.family, settings: request.settings }
      case 'rfmSettings':
        return { kind: 'rfmSettings', settings: numbers.rfm ?? {} }
      case 'setRfm':
        numbers.rfm = request.settings
        return { kind: 'rfmSettings', settings: request.settings }
      case 'trend':
        return scene.trends?.[request.of] ?? { kind: 'trend', days: ['2026-11-18'], segments: [] }
      case 'members':
        return { kind: 'members', members: ['m-1', 'm-2', 'm-3'], next: null }
    }
  }
  const report = () => ({
    ...state.shift!,
    id: 's-1',
    openedAt: state.shift?.openedAt ?? new Date().toISOString(),
    openedBy: state.shift?.openedBy ?? 'manager',
    receipts: state.shift?.receipts ?? 0,
    refunds: state.shift?.refunds ?? 0,
    pointsBack: '0.00',
    pointsTaken: '0.00',
    ...standing(),
  })
  let closed: (ReturnType<typeof report> & { closedAt: string }) | null = null
  const standing = () => ({
    unsent: state.link.online ? 0 : 3,
    unsentReason: state.link.online ? null : 'offline',
    quarantined: [],
    agrees: state.link.online ? true : null,
    differences: [],
  })

  const calls: FakeShop['calls'][number][] = []
  const unused = () => Promise.reject(new Error('only for the core window'))
  const api: DesktopApi = {
    info: async () => ({ shell: 'stand-in', version: '0.1.0', headless: true }),
    call: async (method, params) => {
      calls.push({ method, params })
      await new Promise((done) => setTimeout(done, 2))
      return structuredClone(answer(method, params))
    },
    onEvent: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    settings: async () => settings,
    changeSettings: async (change) => {
      if (change.wedge !== undefined && change.wedge.gapMs > 500)
        return { ok: false, errors: [{ path: 'wedge.gapMs', found: '900', allowed: '5…500' }] }
      settings = { ...settings, ...change }
      emit({ type: 'settings', settings })
      return { ok: true, settings }
    },
    enrolTill: async (cloud, code) => {
      if (!cloud.startsWith('http')) return { ok: false, reason: 'bad_address', message: '' }
      if (code !== 'GOOD-CODE') return { ok: false, reason: 'bad_code', message: '' }
      return { ok: true, identity: { tenant: 'corner-cafe', device: 'd-1', epoch: 1, outlet: 'A', till: 'A1' } }
    },
    newPosToken: async () => ({ address: 'http://127.0.0.1:47601/v1', token: 'bb_pos_8f2c41d09a77e3b5' }),
    devices: async () => scene.devices ?? [],
    foundPorts: async () => scene.foundPorts ?? { ports: [], trouble: null },
    tryScanners: async (on) => void calls.push({ method: 'tryScanners', params: on }),
    neighbours: async () => scene.neighbours ?? { enabled: true, port: 47602, trouble: null, tills: [], kept: [] },
    core: {
      ready: unused,
      onRequest: () => () => {},
      reply: () => {},
      emit: () => {},
      appendJournal: unused,
      readJournal: unused,
      pruneJournal: unused,
      diskRoom: unused,
      shopTills: unused,
      rightsFromNeighbours: unused,
      receiptAtNeighbours: unused,
    },
  }
  const shop: FakeShop = {
    calls,
    show,
    link: (change) => show({ link: { ...state.link, ...change } }),
    core: (core) => emit({ type: 'core', state: core }),
    campaigns: (answers) => {
      campaigns = answers
    },
    surveys: (answers) => {
      surveys = answers
    },
    tried: (scan) => emit({ type: 'tried', scan }),
    register: (sent, card) => {
      lines = sent.map((line, index) => ({ id: String(index + 1), ...line }))
      if (card !== undefined) state = { ...state, member: people.get(card)! }
      state = { ...state, booked: null }
      show({ quote: quoted(lines, 'register', 0n, 'q-register') })
    },
  }
  Object.assign(globalThis, { bonusbook: api, shop })
}
