import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { posEventNames } from '../../shared/pos-api/events.ts'
import { posProblem } from '../../shared/pos-api/problems.ts'
import {
  attachReply,
  bookingReply,
  cardReply,
  codeSentReply,
  memberReply,
  quoteReply,
  refundReply,
  scanReply,
  stateReply,
} from '../../shared/pos-api/replies.ts'
import {
  attachBody,
  blockBody,
  bookBody,
  cardParams,
  commitBody,
  commitHeaders,
  confirmBody,
  enrolBody,
  eventHeaders,
  memberQuery,
  quoteBody,
  quoteParams,
  receiptParams,
  redeemBody,
  refundBody,
  refundHeaders,
  replaceBody,
  scanBody,
  vouchBody,
} from '../../shared/pos-api/requests.ts'
import type { Switchboard } from '../switchboard.ts'
import { derivedAttachKey, derivedRefundKey } from './derived-keys.ts'
import type { EventStream } from './event-stream.ts'
import { answer, sendProblem } from './problems.ts'

const eventList = Object.entries(posEventNames)
  .map(([name, meaning]) => `\`${name}\`: ${meaning}.`)
  .join(' ')

const problemContent = { 'application/problem+json': { schema: posProblem } }
const problems = {
  '4XX': { description: 'Refused: the code says why', content: problemContent },
  '5XX': { description: 'Not now: with Retry-After the same request makes sense again', content: problemContent },
}

/** Every route: parse, call the core, reply. */
export function routes(server: FastifyInstance, call: Switchboard['call'], events: EventStream): void {
  const app = server.withTypeProvider<ZodTypeProvider>()

  app.post(
    '/v1/scans',
    {
      schema: {
        operationId: 'forwardScan',
        summary: 'Forward a scan',
        description: 'The register read a code: the member comes to the screen and to the open quote.',
        body: scanBody,
        response: { 200: scanReply, ...problems },
      },
    },
    async (request, reply) => answer(reply, await call('scans.take', { code: request.body.code, source: 'register' })),
  )

  app.get(
    '/v1/members',
    {
      schema: {
        operationId: 'findMember',
        summary: 'Find a member',
        description: 'By card, phone or code. Nothing on the screen changes.',
        querystring: memberQuery,
        response: { 200: memberReply, ...problems },
      },
    },
    async (request, reply) => {
      const { phone, ...rest } = request.query
      // A "+" that was not escaped arrives as a space.
      return answer(reply, await call('members.find', phone === undefined ? rest : { phone: phone.replace(/^ /, '+') }))
    },
  )

  app.post(
    '/v1/members',
    {
      schema: {
        operationId: 'enrolMember',
        summary: 'Enrol a member',
        description:
          'Without a card the till gives the next number of its own electronic cards. Safe to repeat with an ' +
          'Idempotency-Key.',
        headers: refundHeaders,
        body: enrolBody,
        response: { 200: memberReply, ...problems },
      },
    },
    async (request, reply) => {
      const idempotencyKey = request.headers['idempotency-key']
      return answer(reply, await call('members.enrol', { ...request.body, idempotencyKey }))
    },
  )

  app.post(
    '/v1/quotes',
    {
      schema: {
        operationId: 'createQuote',
        summary: 'Quote a receipt',
        description: 'What it earns and how much of it points may pay. Books nothing.',
        body: quoteBody,
        response: { 200: quoteReply, ...problems },
      },
    },
    async (request, reply) => answer(reply, await call('quotes.create', request.body)),
  )

  app.get(
    '/v1/quotes/:id',
    {
      schema: {
        operationId: 'getQuote',
        summary: 'Look at a quote',
        description: 'Also what the cashier chose meanwhile.',
        params: quoteParams,
        response: { 200: quoteReply, ...problems },
      },
    },
    async (request, reply) => answer(reply, await call('quotes.get', request.params)),
  )

  app.patch(
    '/v1/quotes/:id',
    {
      schema: {
        operationId: 'chooseRedemption',
        summary: 'Choose points to redeem',
        description: 'Quotes again with so many points and holds them.',
        params: quoteParams,
        body: redeemBody,
        response: { 200: quoteReply, ...problems },
      },
    },
    async (request, reply) => answer(reply, await call('quotes.redeem', { ...request.params, ...request.body })),
  )

  app.delete(
    '/v1/quotes/:id',
    {
      schema: {
        operationId: 'cancelQuote',
        summary: 'Let a quote go',
        description: 'The receipt was cancelled; held points are free again.',
        params: quoteParams,
        response: { 204: z.null().describe('Gone'), ...problems },
      },
    },
    async (request, reply) => {
      const said = await call('quotes.cancel', request.params)
      return said.ok ? reply.code(204).send(null) : answer(reply, said)
    },
  )

  app.post(
    '/v1/quotes/:id/code',
    {
      schema: {
        operationId: 'sendCode',
        summary: 'Send a code to the member’s phone',
        description:
          'For a member found by phone, where `second_factor_needed` keeps their points shut and the programme lets ' +
          '`phone+code` redeem. Needs the cloud; without it the manager vouches.',
        params: quoteParams,
        response: { 200: codeSentReply, ...problems },
      },
    },
    async (request, reply) => answer(reply, await call('quotes.code', request.params)),
  )

  app.post(
    '/v1/quotes/:id/confirm',
    {
      schema: {
        operationId: 'confirmMember',
        summary: 'The code that the member was sent',
        description: 'Good once, for five minutes; five wrong ones spend it.',
        params: quoteParams,
        body: confirmBody,
        response: { 200: quoteReply, ...problems },
      },
    },
    async (request, reply) => answer(reply, await call('quotes.confirm', { ...request.params, ...request.body })),
  )

  app.post(
    '/v1/quotes/:id/vouch',
    {
      schema: {
        operationId: 'vouchForMember',
        summary: "Vouch for the member with the manager's PIN",
        description:
          'For a member found by phone, where `second_factor_needed` keeps their points shut and the programme lets ' +
          '`phone+pin` redeem. Works without a network.',
        params: quoteParams,
        body: vouchBody,
        response: { 200: quoteReply, ...problems },
      },
    },
    async (request, reply) => answer(reply, await call('quotes.vouch', { ...request.params, ...request.body })),
  )

  app.post(
    '/v1/quotes/:id/commit',
    {
      schema: {
        operationId: 'commitQuote',
        summary: 'Book a quote',
        description:
          'For good and safe on the disk when it returns. Repeat it with the same Idempotency-Key as often as needed: ' +
          'it is booked once. 409 receipt_already_booked carries the `booking` that is there.',
        params: quoteParams,
        headers: commitHeaders,
        body: commitBody,
        response: { 200: bookingReply, ...problems },
      },
    },
    async (request, reply) => {
      const idempotencyKey = request.headers['idempotency-key']
      return answer(reply, await call('quotes.commit', { ...request.params, ...request.body, idempotencyKey }))
    },
  )

  app.post(
    '/v1/receipts',
    {
      schema: {
        operationId: 'bookReceipt',
        summary: 'Quote and book in one call',
        description:
          'For receipts that are final when they come. Safe to repeat with the same Idempotency-Key. With ' +
          '`"whenUnknown": "keep"` a card or phone that nobody has stays on the receipt, which is credited once somebody has it.',
        headers: commitHeaders,
        body: bookBody,
        response: { 200: bookingReply, ...problems },
      },
    },
    async (request, reply) => {
      const idempotencyKey = request.headers['idempotency-key']
      return answer(reply, await call('receipts.book', { ...request.body, idempotencyKey }))
    },
  )

  app.post(
    '/v1/refunds',
    {
      schema: {
        operationId: 'refundReceipt',
        summary: 'Take a receipt back',
        description:
          'All of it, or some lines. Safe to repeat: without an Idempotency-Key the same body is the same return. To ' +
          'take the same quantity of the same line back once more, send another Idempotency-Key.',
        headers: refundHeaders,
        body: refundBody,
        response: { 200: refundReply, ...problems },
      },
    },
    async (request, reply) => {
      const idempotencyKey = request.headers['idempotency-key'] ?? derivedRefundKey(request.body)
      return answer(reply, await call('receipts.refund', { ...request.body, idempotencyKey }))
    },
  )

  app.post(
    '/v1/receipts/:id/member',
    {
      schema: {
        operationId: 'attachMember',
        summary: 'Give a receipt its member afterwards',
        description:
          'A receipt of this till that was booked without a member earns for one what it would have earned then; within ' +
          "the programme's days, with the manager's PIN. Safe to repeat.",
        params: receiptParams,
        headers: refundHeaders,
        body: attachBody,
        response: { 200: attachReply, ...problems },
      },
    },
    async (request, reply) => {
      const asked = { ...request.body, receipt: request.params.id }
      const idempotencyKey = request.headers['idempotency-key'] ?? derivedAttachKey(asked)
      return answer(reply, await call('receipts.attach', { ...asked, idempotencyKey }))
    },
  )

  app.post(
    '/v1/cards/:number/block',
    {
      schema: {
        operationId: 'blockCard',
        summary: 'Block a card',
        description: 'Lost or stolen: nobody buys with it any more. The points stay with the member.',
        params: cardParams,
        body: blockBody,
        response: { 200: cardReply, ...problems },
      },
    },
    async (request, reply) =>
      answer(reply, await call('cards.block', { card: request.params.number, ...request.body })),
  )

  app.post(
    '/v1/cards/:number/replace',
    {
      schema: {
        operationId: 'replaceCard',
        summary: 'Replace a card',
        description: 'The old number stops working, the new one takes its place; the points stay with the member.',
        params: cardParams,
        body: replaceBody,
        response: { 200: cardReply, ...problems },
      },
    },
    async (request, reply) =>
      answer(reply, await call('cards.replace', { card: request.params.number, ...request.body })),
  )

  app.get(
    '/v1/state',
    {
      schema: { operationId: 'getState', summary: 'What the till shows', response: { 200: stateReply, ...problems } },
    },
    async (_request, reply) => answer(reply, await call('state', {})),
  )

  app.get(
    '/v1/events',
    {
      schema: {
        operationId: 'listen',
        summary: 'Listen',
        description: `Server-sent events (text/event-stream), resumed by Last-Event-ID. ${eventList}`,
        headers: eventHeaders,
        response: {
          200: {
            description: 'Events, for as long as the connection lasts',
            content: { 'text/event-stream': { schema: z.string() } },
          },
          ...problems,
        },
      },
    },
    async (request, reply) => {
      if (events.isFull()) return sendProblem(reply, 'too_many_listeners')
      reply.hijack()
      const headers = reply.getHeaders() as Record<string, string>
      reply.raw.writeHead(200, { ...headers, 'content-type': 'text/event-stream; charset=utf-8' })
      events.attach(reply.raw, request.headers['last-event-id'])
      return reply
    },
  )
}
