import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { sql } from 'kysely'
import smpp, { type Pdu, type Session } from 'smpp'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'
import { afterEach, describe, expect, test } from 'vitest'
import { runCampaigns } from '../../cloud/campaigns/run.ts'
import { saveCampaign, setCampaignState } from '../../cloud/campaigns/store.ts'
import { type Gateway, gatewayFrom, httpGateway } from '../../cloud/messages/gateway.ts'
import { sendMessages } from '../../cloud/messages/send.ts'
import { smppGateway } from '../../cloud/messages/smpp.ts'
import { smtpGateway } from '../../cloud/messages/smtp.ts'
import { unsubscribeLink } from '../../cloud/messages/unsubscribe.ts'
import type { StartOptions } from '../../cloud/start.ts'
import { reanimation } from '../../shared/campaigns/preset.ts'
import type { Profile } from '../../shared/ledger/entry.ts'
import { untilWaiting } from './locks.ts'
import { plainProgramme, saleBody } from './receipts.ts'
import { enrolment, type TestCloud, TestTill, testCloud } from './rig.ts'

/** Messages of campaigns on a real PostgreSQL, to gateways that listen on this machine. */

const START = Date.parse('2026-01-05T09:00:00Z')
const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000
/** For gateways that answer, however slow the machine is; and for those that are waited for in vain. */
const PATIENT_MS = 30_000
const HASTY_MS = 2_000
const campaign = { ...reanimation()[0]!, controlPercent: '0' }
const closers: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

interface Taken {
  readonly to: string
  readonly text: string
}

/** A gateway over HTTP that answers as it is told. */
async function smsServer(
  answer: (response: ServerResponse, count: number) => void = (r) => r.writeHead(202).end(),
  within = PATIENT_MS,
) {
  const taken: Taken[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (part) => {
      body += part
    })
    request.on('end', () => {
      taken.push(JSON.parse(body))
      answer(response, taken.length)
    })
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  closers.push(() => {
    server.closeAllConnections()
    server.close()
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/send`
  return { taken, url, gateway: httpGateway(url, undefined, within) }
}

class Shop {
  now = START
  cloud!: TestCloud
  till!: TestTill

  static async open(options: StartOptions): Promise<Shop> {
    const shop = new Shop()
    shop.cloud = await testCloud({ clock: () => new Date(shop.now), turnDays: false, ...options })
    closers.push(() => shop.cloud.close())
    await shop.cloud.admin('POST', 'programmes', plainProgramme)
    shop.till = await TestTill.enrolled(shop.cloud, 'A', '1')
    return shop
  }

  /** Members who have bought once, and the campaign that touches them on day 66, at noon. */
  static async touched(
    options: StartOptions,
    profiles: Readonly<Record<string, Profile>>,
    document: object = campaign,
  ) {
    const shop = await Shop.open(options)
    const at = new Date(shop.now).toISOString()
    for (const [member, profile] of Object.entries(profiles)) {
      const sold = saleBody({
        receipt: `r-${member}`,
        amount: 90_000n,
        outlet: 'A',
        at,
        member: { id: member, card: `c-${member}` },
      })
      const enrol = shop.till.write(enrolment(member, `c-${member}`, profile), { profile, at })
      await shop.till.push([enrol, shop.till.write(sold, { at })])
    }
    const { id } = (await saveCampaign(shop.cloud.cloud, document)).document
    await setCampaignState(shop.cloud.cloud, id, 'running')
    shop.now = START + 66 * DAY_MS
    await runCampaigns(shop.cloud.cloud)
    return shop
  }

  send(): Promise<number> {
    return sendMessages(this.cloud.cloud)
  }

  async states(): Promise<string[]> {
    const rows = await this.cloud.cloud.db
      .selectFrom('message')
      .select(['member', 'touch', 'state', 'channel', 'trouble'])
      .orderBy('member')
      .orderBy('touch')
      .execute()
    return rows.map(({ member, touch, state, channel, trouble }) =>
      [member, touch, state, channel, trouble].filter((word) => word !== null).join(' '),
    )
  }
}

const ann: Profile = { name: 'Анна', phone: '+79161234567' }

describe('[K10] a touch is told', () => {
  test('once, in the words of the campaign with what was given, however often it is looked at', async () => {
    const { taken, gateway } = await smsServer()
    const shop = await Shop.touched({ gateway }, { ann, ben: { phone: '+79161234568', language: 'en' }, cat: {} })
    for (const _ of [1, 2]) {
      await runCampaigns(shop.cloud.cloud)
      await shop.send()
    }
    expect(taken.toSorted((a, b) => (a.to < b.to ? -1 : 1))).toEqual([
      { to: '+79161234567', text: 'Дарим вам 100 рублей на покупки до 19.03. Ждем вас за покупкой!' },
      {
        to: '+79161234568',
        text: 'A gift of 100 roubles to spend until 19.03. We look forward to seeing you!',
      },
    ])
    expect(await shop.states()).toEqual(['ann first sent sms', 'ben first sent sms', 'cat first failed no address'])
  })

  test('and segments may ask who got it, and who bought after it', async () => {
    const { gateway } = await smsServer()
    const shop = await Shop.touched({ gateway }, { ann, ben: { phone: '+79161234568' }, cat: {} })
    await shop.send()
    const got = { event: 'message', where: { campaign: { is: '=', value: campaign.id } } }
    const holds = async (predicate: object) =>
      (await shop.cloud.admin('POST', 'segments/preview', { predicate })).body.sample
    expect(await holds(got)).toEqual(['ann', 'ben'])
    const bought = { ...got, thenBought: { fromDay: 0, toDay: 7 } }
    expect(await holds(bought)).toEqual([])
    shop.now += DAY_MS
    await shop.till.open()
    const at = new Date(shop.now).toISOString()
    const member = { id: 'ben', card: 'c-ben' }
    await shop.till.push([
      shop.till.write(saleBody({ receipt: 'after', amount: 5_000n, outlet: 'A', at, member }), { at }),
    ])
    expect(await holds(bought)).toEqual(['ben'])
  })

  test('or not at all where its page fails: message, touch and gift are one commit', async () => {
    const { gateway } = await smsServer()
    const shop = await Shop.touched({ gateway }, { ann }, { ...campaign, start: { ...campaign.start, days: 67 } })
    await sql`alter table message add constraint broken check (member <> 'ann')`.execute(shop.cloud.cloud.db)
    shop.now += DAY_MS
    await expect(runCampaigns(shop.cloud.cloud)).rejects.toThrow('broken')
    const { rows } = await sql`select 1 from campaign_touch`.execute(shop.cloud.cloud.db)
    expect(rows).toEqual([])
  })

  test('not while its campaign is paused', async () => {
    const { taken, gateway } = await smsServer()
    const shop = await Shop.touched({ gateway }, { ann })
    await setCampaignState(shop.cloud.cloud, campaign.id, 'paused')
    await shop.send()
    expect(taken).toEqual([])
    await setCampaignState(shop.cloud.cloud, campaign.id, 'running')
    await shop.send()
    expect(taken).toHaveLength(1)
  })
})

test('a report counts what became of the messages of each touch', async () => {
  const { gateway } = await smsServer((response, count) => response.writeHead(count === 1 ? 202 : 400).end())
  const shop = await Shop.touched({ gateway }, { ann, ben: { phone: '+79161234568' }, cat: {} })
  const counts = async () => (await shop.cloud.admin('GET', `campaigns/${campaign.id}/report`)).body.touches
  const none = { waiting: 0, sent: 0, failed: 0, uncertain: 0, expired: 0 }
  expect(await counts()).toMatchObject([{ messages: { ...none, waiting: 3 } }, { messages: none }, { messages: none }])
  await shop.send()
  expect((await counts())[0]).toMatchObject({ sent: 3, messages: { ...none, sent: 1, failed: 2 } })
})

describe('[K11] nobody is sent one twice', () => {
  test('by two instances at once', async () => {
    const { taken, gateway } = await smsServer()
    const members = Array.from({ length: 50 }, (_, index) => `m${index + 10}`)
    const shop = await Shop.touched(
      { gateway },
      Object.fromEntries(members.map((member, index) => [member, { phone: `+7916123${1000 + index}` }])),
    )
    const other = await shop.cloud.another()
    closers.push(() => other.close())
    const sent = await Promise.all([shop.send(), sendMessages(other.cloud), shop.send(), sendMessages(other.cloud)])
    expect(sent.reduce((sum, count) => sum + count, 0)).toBe(50)
    expect(new Set(taken.map(({ to }) => to)).size).toBe(50)
    expect(taken).toHaveLength(50)
  })

  test('whose instance ended while it was in flight: it is uncertain, and stays so', async () => {
    const { taken, gateway } = await smsServer()
    let reached = () => {}
    const inFlight = new Promise<void>((resolve) => {
      reached = resolve
    })
    const dying: Gateway = {
      send: async (_, give) => {
        await give!()
        reached()
        return new Promise<never>(() => {})
      },
    }
    const shop = await Shop.touched({ gateway }, { ann })
    void sendMessages({ ...shop.cloud.cloud, gateway: dying })
    await inFlight
    await shop.send()
    expect(await shop.states()).toEqual(['ann first sending'])
    shop.now += 5 * 60_000 + 1
    await shop.send()
    expect(await shop.states()).toEqual(['ann first uncertain the service ended while it was sent'])
    shop.now += HOUR_MS
    await shop.send()
    expect(taken).toEqual([])
  })

  test('whose instance ended before it was given to anybody: another sends it, and the first one no more', async () => {
    const { taken, gateway } = await smsServer()
    let give: (() => Promise<boolean>) | undefined
    const claimed = new Promise<void>((resolve) => {
      const slow: Gateway = {
        send: (_, noted) => {
          give = noted
          resolve()
          return new Promise<never>(() => {})
        },
      }
      void Shop.touched({ gateway }, { ann }).then((opened) => {
        shop = opened
        void sendMessages({ ...shop.cloud.cloud, gateway: slow })
      })
    })
    let shop!: Shop
    await claimed
    shop.now += 5 * 60_000 + 1
    await shop.send()
    expect(taken).toHaveLength(1)
    expect(await shop.states()).toEqual(['ann first sent sms'])
    expect(await give!()).toBe(false)
  })

  test('after a gateway that did not answer in time, or broke off', async () => {
    const { taken, gateway } = await smsServer((response, count) => {
      if (count > 1) response.destroy()
    }, HASTY_MS)
    const shop = await Shop.touched({ gateway }, { ann, ben: { phone: '+79161234568' } })
    await shop.send()
    shop.now += HOUR_MS
    await shop.send()
    expect(taken).toHaveLength(2)
    expect((await shop.states()).map((state) => state.split(' ')[2])).toEqual(['uncertain', 'uncertain'])
  })

  test('but again where it certainly was not taken: 429, 503, nobody there; and never where it was refused', async () => {
    const answers = [429, 503, 202]
    const { taken, gateway } = await smsServer((response, count) => response.writeHead(answers[count - 1]!).end())
    const shop = await Shop.touched({ gateway }, { ann })
    await shop.send()
    expect(await shop.states()).toEqual(['ann first waiting sms answered 429'])
    await shop.send()
    expect(taken).toHaveLength(1) // it is left alone for a minute
    shop.now += 60_000
    await shop.send()
    shop.now += 300_000
    await shop.send()
    expect(taken).toHaveLength(3)
    expect(await shop.states()).toEqual(['ann first sent sms'])
    await closers.pop()!()
    await closers.pop()!() // the gateway is gone
    expect(await gateway.send({ to: '+79161234567', text: 'x' })).toEqual({ outcome: 'later', trouble: 'ECONNREFUSED' })
  })

  test('nor at all by a gateway that refuses it', async () => {
    const { taken, gateway } = await smsServer((response) => response.writeHead(400).end())
    const shop = await Shop.touched({ gateway }, { ann })
    await shop.send()
    shop.now += HOUR_MS
    await shop.send()
    expect(taken).toHaveLength(1)
    expect(await shop.states()).toEqual(['ann first failed sms answered 400'])
  })
})

describe('[K12] in quiet hours', () => {
  const local = (hour: number, minute = 0) => START + 66 * DAY_MS + (hour - 12) * HOUR_MS + minute * 60_000

  test('a message waits until they end, by the clock of the programme', async () => {
    const { taken, gateway } = await smsServer()
    const shop = await Shop.touched({ gateway }, { ann })
    for (const moment of [local(21), local(23), local(24 + 8, 59)]) {
      shop.now = moment
      await shop.send()
      expect(taken).toEqual([])
    }
    shop.now = local(24 + 9)
    await shop.send()
    expect(taken).toHaveLength(1)
  })

  test('of the campaign’s own, or none', async () => {
    const { taken, gateway } = await smsServer()
    const shop = await Shop.touched({ gateway }, { ann }, { ...campaign, quietHours: { from: '11:00', to: '13:00' } })
    await shop.send()
    expect(taken).toEqual([])
    shop.now = local(13)
    await shop.send()
    expect(taken).toHaveLength(1)
    const other = await Shop.touched({ gateway }, { ann }, { ...campaign, quietHours: 'none' })
    other.now = local(23)
    await other.send()
    expect(taken).toHaveLength(2)
    const wrong = { ...campaign, id: 'x', quietHours: { from: '09:00', to: '09:00' } }
    await expect(saveCampaign(shop.cloud.cloud, wrong)).rejects.toThrow('This is no campaign.')
  })
})

test('[K14] who has bought while the message waited is not asked to come back any more', async () => {
  const { taken, gateway } = await smsServer()
  const shop = await Shop.touched({ gateway }, { ann, ben: { phone: '+79161234568' } })
  await shop.till.open()
  const at = new Date(shop.now + HOUR_MS).toISOString()
  const member = { id: 'ann', card: 'c-ann' }
  const sold = saleBody({ receipt: 'r-back', amount: 50_000n, outlet: 'A', at, member })
  await shop.till.push([shop.till.write(sold, { at })])
  shop.now += 2 * HOUR_MS
  await runCampaigns(shop.cloud.cloud)
  await shop.send()
  expect(taken.map(({ to }) => to)).toEqual(['+79161234568'])
  expect(await shop.states()).toEqual(['ann first expired the member has bought', 'ben first sent sms'])
})

test('[K13] who has withdrawn consent since the touch is sent nothing', async () => {
  const { taken, gateway } = await smsServer()
  const shop = await Shop.touched({ gateway }, { ann })
  await sql`update consent set messages = false where member = 'ann'`.execute(shop.cloud.cloud.db)
  await shop.send()
  expect(taken).toEqual([])
  expect(await shop.states()).toEqual(['ann first failed consent was withdrawn'])
})

test('[K14] a message about a gift whose last day is over is not sent any more', async () => {
  const { taken, gateway } = await smsServer()
  const shop = await Shop.touched({ gateway }, { ann, ben: { phone: '+79161234568' } })
  await sql`update message set due_at = ${new Date(shop.now + 7 * DAY_MS).toISOString()} where member = 'ben'`.execute(
    shop.cloud.cloud.db,
  )
  await sql`update message set due_at = ${new Date(shop.now + 8 * DAY_MS).toISOString()} where member = 'ann'`.execute(
    shop.cloud.cloud.db,
  )
  shop.now += 7 * DAY_MS
  await shop.send()
  shop.now += DAY_MS
  await shop.send()
  expect(taken.map(({ to }) => to)).toEqual(['+79161234568'])
  expect(await shop.states()).toEqual(['ann first expired', 'ben first sent sms'])
})

test('a person who is forgotten is forgotten here, and one who asks is told', async () => {
  const { taken, gateway } = await smsServer()
  const shop = await Shop.touched({ gateway }, { ann })
  expect((await shop.cloud.admin('GET', 'members/ann/export')).body.messages).toMatchObject([
    { campaign: campaign.id, touch: 'first', state: 'waiting' },
  ])
  await shop.cloud.admin('POST', 'members/ann/erase')
  await shop.send()
  expect(taken).toEqual([])
  expect(await shop.states()).toEqual([])
})

test('that somebody got one is no event of a person who is forgotten while it goes out', async () => {
  const { gateway } = await smsServer()
  const shop = await Shop.touched({ gateway }, { ann })
  const { db } = shop.cloud
  const { rows } = await sql<{ event: string }>`
    select concat_ws('/', 'message:' || campaign, member, anchor, touch) as event from message`.execute(db)
  const first = await db.startTransaction().execute() // the sent message’s event has to wait for what becomes of this one
  await sql`
    insert into member_event (tenant, event, member, kind, at, day, properties)
    values ('main', ${rows[0]!.event}, 'ben', 'message', now(), now(), '{}')`.execute(first)
  const sending = shop.send()
  await untilWaiting(shop.cloud, 1, sending)
  const erasing = shop.cloud.admin('POST', 'members/ann/erase')
  await untilWaiting(shop.cloud, 2, erasing)
  await first.rollback().execute()
  await Promise.all([sending, erasing])
  expect((await sql`select member from member_event where tenant = 'main'`.execute(db)).rows).toEqual([])
})

/** A mail server on this machine that keeps what it has taken. */
async function mailServer(
  options: SMTPServerOptions = {},
  onLetter: (letter: string) => unknown = () => 'taken',
  within = PATIENT_MS,
) {
  const sockets = new Set<Socket>()
  const server = new SMTPServer({
    disabledCommands: ['STARTTLS', 'AUTH'],
    onData(stream, _, done) {
      let letter = ''
      stream.on('data', (part) => {
        letter += part
      })
      stream.on('end', () => {
        if (onLetter(letter) !== 'drop') return done()
        for (const socket of sockets) socket.destroy()
      })
    },
    ...options,
  })
  server.server.on('connection', (socket: Socket) => sockets.add(socket))
  server.on('error', () => undefined) // clients that hang up
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closers.push(() => new Promise<void>((resolve) => server.close(resolve)))
  const { port } = server.server.address() as AddressInfo
  return smtpGateway(`smtp://127.0.0.1:${port}`, 'Corner Café <hello@cafe.example>', within)
}

const reply = (code: number, text: string) => Object.assign(new Error(text), { responseCode: code })
const dora: Profile = { name: 'Dora', email: 'dora@example.com', language: 'en', phone: '+79161234569' }
const mailed = async (mail: Gateway) => {
  const shop = await Shop.touched({ mail, publicUrl: 'https://bonus.example' }, { dora })
  for (const _ of [1, 2]) {
    await shop.send()
    shop.now += HOUR_MS
  }
  return shop.states()
}

describe('[K11] a mail server', () => {
  test('that refuses is not asked again', async () => {
    let asked = 0
    const mail = await mailServer({
      onRcptTo(_, __, done) {
        asked += 1
        done(reply(550, 'no such <dora@example.com>'))
      },
    })
    expect(await mailed(mail)).toEqual(['dora first failed mail SMTP 550'])
    expect(asked).toBe(1)
  })

  test('that is busy before it takes the letter is asked again', async () => {
    let asked = 0
    const letters: string[] = []
    const mail = await mailServer(
      {
        onRcptTo(_, __, done) {
          asked += 1
          done(asked === 1 ? reply(451, 'later') : null)
        },
      },
      (letter) => letters.push(letter),
    )
    expect(await mailed(mail)).toEqual(['dora first sent mail'])
    expect([asked, letters.length]).toEqual([2, 1])
  })

  test('that hangs before it takes the letter holds nobody up, and is asked again', async () => {
    let asked = 0
    const onMailFrom = () => {
      asked += 1
    }
    const mail = await mailServer({ onMailFrom }, undefined, HASTY_MS)
    expect(await mailed(mail)).toEqual(['dora first waiting mail ETIMEDOUT'])
    expect(asked).toBe(2)
  })

  test('that takes the letter and drops the connection is never sent it twice', async () => {
    let taken = 0
    const onLetter = () => {
      taken += 1
      return 'drop'
    }
    const mail = await mailServer({}, onLetter, HASTY_MS)
    expect((await mailed(mail))[0]).toMatch(/^dora first uncertain mail/)
    expect(taken).toBe(1)
  })
})

describe('[K15] the way out of messages', () => {
  test('is in every mail, withdraws consent with one click and may be clicked again', async () => {
    const letters: string[] = []
    const mail = await mailServer({}, (letter) => letters.push(letter))
    const shop = await Shop.touched({ mail, publicUrl: 'https://bonus.example' }, { dora })
    await shop.send()
    const plain = letters[0]!.replaceAll('=\r\n', '').replaceAll('\r\n ', ' ')
    const link = /List-Unsubscribe: *<https:\/\/bonus\.example(\/unsubscribe\/[^>]+)>/.exec(plain)?.[1]
    expect(plain).toContain('List-Unsubscribe-Post: List-Unsubscribe=One-Click')
    expect(plain).toContain('A gift of 100 roubles')
    expect(plain).toContain(`Unsubscribe: https://bonus.example${link}`)

    const url = `${shop.cloud.url}${link}`
    const { db } = shop.cloud.cloud
    const takes = async () => (await db.selectFrom('consent').select(['personal_data', 'messages']).execute())[0]
    const looked = await fetch(url)
    expect([looked.status, looked.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8'])
    expect(await takes()).toEqual({ personal_data: true, messages: true })
    const click = () => fetch(url, { method: 'POST', body: new URLSearchParams({ 'List-Unsubscribe': 'One-Click' }) })
    expect((await click()).status).toBe(200)
    expect(await takes()).toEqual({ personal_data: true, messages: false })
    expect((await click()).status).toBe(200)
    const { rows } = await sql`select 1 from entry where device = 'cloud' and kind = 'member'`.execute(db)
    expect(rows).toHaveLength(1)
  })

  test('is nobody else’s: a made up or shortened link is refused', async () => {
    const { gateway } = await smsServer()
    const shop = await Shop.touched({ gateway, publicUrl: 'https://bonus.example' }, { ann, dora })
    const path = unsubscribeLink(shop.cloud.cloud, 'ann' as never)!.replace('https://bonus.example', '')
    const others = unsubscribeLink(shop.cloud.cloud, 'dora' as never)!
      .split('.')
      .at(-1)
    for (const wrong of [
      path.slice(0, -1),
      path.replace(/\.[^.]+$/, `.${others}`),
      '/unsubscribe/x',
      '/unsubscribe/%00.x',
    ]) {
      for (const method of ['GET', 'POST']) {
        const reply = await fetch(`${shop.cloud.url}${wrong}`, { method })
        expect([reply.status, reply.headers.get('content-type')]).toEqual([404, 'text/html; charset=utf-8'])
        expect(await reply.text()).toMatch(/Эта ссылка не работает[\s\S]+This link does not work/)
      }
    }
    expect((await fetch(`${shop.cloud.url}${path}`, { method: 'POST' })).status).toBe(200)
    await shop.send()
    expect(await shop.states()).toEqual(['ann first failed consent was withdrawn', 'dora first sent sms'])
  })

  test('is why no mail goes out where the service does not know its own address', async () => {
    const letters: string[] = []
    const mail = await mailServer({}, (letter) => letters.push(letter))
    const { gateway, taken } = await smsServer()
    const shop = await Shop.touched({ mail, gateway }, { dora })
    await shop.send()
    expect([letters.length, taken.length]).toEqual([0, 1])
  })
})

/** An SMPP server on this machine: binds whoever knows the password, and answers messages as it is told. */
async function smppServer(answer: (pdu: Pdu, session: Session) => void) {
  const taken: Pdu[] = []
  const server = smpp.createServer((session) => {
    session.on('error', () => undefined)
    session.on('bind_transceiver', (pdu: Pdu) =>
      session.send(pdu.response({ command_status: pdu.password === 'secret' ? 0 : 0x0e })),
    )
    session.on('submit_sm', (pdu: Pdu) => {
      taken.push(pdu)
      answer(pdu, session)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closers.push(() => new Promise((resolve) => server.close(resolve)))
  const { port } = server.address() as AddressInfo
  const gateway = (password = 'secret', within = PATIENT_MS) =>
    smppGateway(`smpp://cafe:${password}@127.0.0.1:${port}?from=Cafe`, within)
  return { taken, gateway }
}

describe('[K11] a gateway over SMPP', () => {
  const letter = { to: '+79161234567', text: 'Дарим вам 100 рублей' }
  const saying = (command_status: number) => (pdu: Pdu, session: Session) =>
    session.send(pdu.response({ command_status }))

  test('takes a campaign’s message, Cyrillic and however long', async () => {
    const { taken, gateway } = await smppServer(saying(0))
    const shop = await Shop.touched({ gateway: gateway() }, { ann })
    await shop.send()
    expect(await shop.states()).toEqual(['ann first sent sms'])
    expect(taken[0]).toMatchObject({
      source_addr: 'Cafe',
      destination_addr: '79161234567',
      short_message: { message: 'Дарим вам 100 рублей на покупки до 19.03. Ждем вас за покупкой!' },
    })
    const text = 'Ж'.repeat(300)
    expect(await gateway().send({ ...letter, text })).toEqual({ outcome: 'taken' })
    expect(taken[1]).toMatchObject({ message_payload: { message: text } })
  })

  test('tells refused from not now, and a wrong password from both', async () => {
    const codes = [0x0b, 0x58]
    const { taken, gateway } = await smppServer((pdu, session) => saying(codes[taken.length - 1]!)(pdu, session))
    expect(await gateway().send(letter)).toEqual({ outcome: 'refused', trouble: 'SMPP 0xb' })
    expect(await gateway().send(letter)).toEqual({ outcome: 'later', trouble: 'SMPP 0x58' })
    expect(await gateway('wrong').send(letter)).toEqual({ outcome: 'later', trouble: 'SMPP 0xe' })
    expect(taken).toHaveLength(2)
  })

  test('that does not answer or breaks off leaves it uncertain; one that is not there does not', async () => {
    const silent = await smppServer(() => undefined)
    expect(await silent.gateway('secret', HASTY_MS).send(letter)).toEqual({ outcome: 'unknown', trouble: 'ETIMEDOUT' })
    const dropping = await smppServer((_, session) => session.destroy())
    expect((await dropping.gateway('secret', HASTY_MS).send(letter)).outcome).toBe('unknown')
    await closers.pop()!()
    expect(await dropping.gateway().send(letter)).toEqual({ outcome: 'later', trouble: 'ECONNREFUSED' })
  })

  test('takes the place of one over HTTP, never beside it', () => {
    const both = { BONUSBOOK_SMS_URL: 'https://sms.example', BONUSBOOK_SMPP_URL: 'smpp://a:b@sms.example' }
    expect(() => gatewayFrom(both)).toThrow('not both')
    expect(() => gatewayFrom({ BONUSBOOK_SMPP_URL: 'https://sms.example' })).toThrow('is not an address')
    expect(gatewayFrom({})).toBeUndefined()
  })
})
