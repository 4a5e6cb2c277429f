import type { z } from 'zod'
import { badBirthDate, isBirthDate } from '../../shared/birth-date.ts'
import { formatDay, type Instant, localTime } from '../../shared/calendar.ts'
import type { CoreReply, coreMethods, MemberView } from '../../shared/core-api.ts'
import { gtinCheckDigit } from '../../shared/identification/check-digit.ts'
import { type CardMask, cardTypeOf, readCode } from '../../shared/identification/code.ts'
import { parsePhone } from '../../shared/identification/phone.ts'
import type { CardNumber, MemberId } from '../../shared/ids.ts'
import { canonical, sha256Hex } from '../../shared/ledger/chain.ts'
import type { EnrolBody, LedgerEntry, Profile } from '../../shared/ledger/entry.ts'
import { badPhone } from '../../shared/problem.ts'
import type { ToldFacts } from '../../shared/segments/told.ts'
import type { PullChange } from '../../shared/sync/protocol.ts'
import { cardChange, changedCards } from './cards.ts'
import { type Context, done, no } from './context.ts'
import type { Desk } from './desk.ts'
import { inTurns } from './in-turn.ts'
import { parsed } from './journal-item.ts'
import { memberView } from './members.ts'
import { commandBody, type Sales } from './sales.ts'

/** A new member in under twenty seconds: the card at hand or one of the till's own numbers, a phone, a consent. */

type Params = z.output<(typeof coreMethods)['members.enrol']>

/** Numbers that shops may use as they like begin with 2; these are ours. */
const OWN_PREFIX = '29'
const ANOTHER_NUMBER_MAX = 20
const DEFAULT_CARD_TYPE = 'standard'
const UNSENT_PAGE = 500

export function enrolmentDesk(context: Context, desk: Desk, sales: Sales) {
  const { ports, identity, members, stream, programmes, time } = context
  const { cache, ids, money } = ports

  // in turn: two that ask at once would both find the phone free, and a repeat find it taken by its own first
  const turn = inTurns()
  const enrol = (params: Params): Promise<CoreReply<MemberView>> => turn('enrol', () => enrolNow(params))

  async function enrolNow(params: Params): Promise<CoreReply<MemberView>> {
    const { idempotencyKey: key } = params
    const command = key === undefined ? undefined : { key, body: commandBody('members.enrol', params) }
    const repeat = command === undefined ? undefined : await enrolledBefore(command)
    if (repeat !== undefined) return repeat
    const cards = programmes.current()?.compiled.document.cards
    const masks = cards?.masks ?? []
    const phone = params.phone === undefined ? undefined : parsePhone(params.phone)
    if (params.phone !== undefined && phone === undefined) return no('bad_phone', badPhone(params.phone))
    const [born, today] = [params.birthDate, dayOfProgramme()]
    if (born !== undefined && !isBirthDate(born, today)) return no('bad_request', badBirthDate(born, today))
    if (phone !== undefined && (await members.taken({ phone }))) return no('phone_taken')
    const card = await freeNumber(params.card)
    if (!card.ok) return card
    const profile: Profile = {
      ...(params.name === undefined ? {} : { name: params.name }),
      ...(phone === undefined ? {} : { phone }),
      ...(born === undefined ? {} : { birthDate: born }),
      ...(params.language === undefined ? {} : { language: params.language }),
    }
    const hasProfile = Object.keys(profile).length > 0
    const body: EnrolBody = {
      kind: 'enrol',
      member: `m-${ids.next()}` as MemberId,
      card: card.value,
      cardType: cardTypeOf(card.value, masks, cards?.defaultType ?? DEFAULT_CARD_TYPE),
      profile: hasProfile ? sha256Hex(canonical(profile)) : null,
      consent: params.consent,
    }
    return await stream.exclusive(async () => {
      const again = command === undefined ? undefined : await enrolledBefore(command)
      if (again !== undefined) return again
      if ((await cache.find({ card: card.value })) !== undefined) return no('card_taken')
      const shift = stream.shift()
      const inShift = shift === undefined || shift.closedAt !== null ? null : shift.id
      const draft = { body, outlet: identity.outlet, shift: inShift, cashier: null }
      const written = await stream.write({
        drafts: [hasProfile ? { ...draft, profile } : draft],
        ...(command === undefined ? {} : { command: { ...command, answer: () => ({ card: card.value }) } }),
      })
      if (!written.ok) return no(written.reason)
      await cache.introduce(rowsOf(body, profile, written.entries[0]!), time.nowText())
      const found = await cache.find({ card: card.value })
      const member = await members.refresh({ found: found!, identifiedBy: 'card' })
      // The card that waits at the counter goes on with its receipt; whoever a register enrols besides does not.
      const { unknownCard, stranger } = desk.view()
      const waits = unknownCard === card.value || stranger?.card === card.value
      const view = waits ? desk.attach(member) : memberView(member, programmes.current(), time.now())
      return written.copied ? done(view) : no('durability_pending')
    })
  }

  function dayOfProgramme(): string {
    const zone = programmes.current()?.compiled.zone.timeZone ?? 'UTC'
    return formatDay(localTime(zone, time.now() as Instant).day)
  }

  /** Kept as the card alone: whose it is stands in one place. */
  async function enrolledBefore(command: { key: string; body: string }): Promise<CoreReply<MemberView> | undefined> {
    const reply = await sales.answered<{ readonly card: CardNumber }>(command.key, command.body)
    if (reply === undefined || !reply.ok) return reply
    const found = await members.find({ card: reply.value.card })
    if (found === undefined) return no('unknown_member')
    const member = await members.refresh({ found, identifiedBy: 'card' })
    return done(memberView(member, programmes.current(), time.now()))
  }

  /** The number at hand if nobody has it, else one of the till's own. */
  async function freeNumber(typed: string | undefined): Promise<CoreReply<CardNumber>> {
    const masks = programmes.current()?.compiled.document.cards?.masks ?? []
    return typed === undefined ? done(await ownNumber()) : await given(typed, masks)
  }

  async function given(typed: string, masks: readonly CardMask[]): Promise<CoreReply<CardNumber>> {
    const read = readCode(typed, masks)
    if (read.kind === 'refused') return no(read.reason)
    if (read.kind === 'phone') return no('unknown_code')
    return (await members.taken({ card: read.number })) ? no('card_taken') : done(read.number)
  }

  /** Ten digits by chance, looked up in what the till knows: two tills offline meet once in ten thousand million. */
  async function ownNumber(): Promise<CardNumber> {
    for (let tries = 0; tries < ANOTHER_NUMBER_MAX; tries++) {
      const digits = Array.from({ length: 10 }, () => Math.floor(ids.chance() * 10)).join('')
      const body = `${OWN_PREFIX}${digits}`
      const number = `${body}${gtinCheckDigit(body)}` as CardNumber
      if ((await cache.find({ card: number })) === undefined) return number
    }
    throw new Error('no free number for an own card was found')
  }

  /** Puts back into the cache who was enrolled and which cards were changed here, where the cloud does not know yet. */
  async function restore(): Promise<void> {
    const acked = await money.kept('acked')
    let from = (acked?.epoch === identity.epoch ? acked.seq : 0) + 1
    for (;;) {
      const rows = await money.entries(identity.epoch, from, UNSENT_PAGE)
      if (rows.length === 0) return
      for (const row of rows) {
        if (row.kind !== 'enrol' && row.kind !== 'member') continue
        const { entry, profile } = parsed(row.text)
        if (entry.body.kind === 'member' && entry.body.card !== undefined) {
          const card = (await cache.find({ card: entry.body.card.number }))?.card
          if (card != null) await cache.apply(changedCards(card, entry.body).map(cardChange), entry.at.wall)
        }
        if (entry.body.kind !== 'enrol' || (await cache.find({ member: entry.body.member })) !== undefined) continue
        await cache.introduce(rowsOf(entry.body, profile ?? {}, entry), entry.at.wall)
      }
      from = rows.at(-1)!.seq + 1
    }
  }

  return { enrol, freeNumber, restore }
}

/** What the cloud will say of the new member, said here first; with a slow disk the cloud's own word may be here already. */
function rowsOf(body: EnrolBody, profile: Profile, entry: LedgerEntry): PullChange[] {
  const { member, card, cardType } = body
  return [
    {
      scope: 'member',
      key: member,
      row: {
        id: member,
        name: profile.name ?? null,
        phone: profile.phone ?? null,
        birthDate: profile.birthDate ?? null,
        language: profile.language ?? null,
        tier: null,
        segments: [],
        terms: [],
        facts: factsOfNew(body, profile),
        purchases: 0,
        enrolledAt: entry.at.wall,
      },
    },
    { scope: 'card', key: card, row: { number: card, member, type: cardType, state: 'active', primary: true } },
  ]
}

/** Of somebody who has just come everything is known. */
function factsOfNew({ cardType, consent }: EnrolBody, { gender, city }: Profile): ToldFacts {
  return {
    ...{
      purchases: 0,
      purchaseDays: 0,
      returns: 0,
      redeemedPurchases: 0,
      spend: '0.00',
      firstDay: null,
      lastDay: null,
    },
    ...{ cardType, gender: gender ?? null, city: city ?? null, acceptsMessages: consent.messages },
    ...{ children: null, childBirthdays: [], spouse: null, spouseBirthday: null, segments: [] },
  }
}
