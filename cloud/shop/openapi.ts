import { z } from 'zod'
import { linkAnswer, linkRequest } from '../wallet/routes.ts'
import * as schema from './schemas.ts'

/** OpenAPI 3.1 of the web shop's API, made from the schemas that check what is sent. */

const jsonSchema = (from: z.ZodType, io: 'input' | 'output') => {
  const { $schema: _, ...rest } = z.toJSONSchema(from, { io, unrepresentable: 'any' })
  return rest
}

const problem = {
  description: 'Refused: `code` says why and stays the same between releases',
  content: { 'application/problem+json': { schema: jsonSchema(schema.shopProblem, 'output') } },
}
const answers = (from: z.ZodType, description: string) => ({
  '200': { description, content: { 'application/json': { schema: jsonSchema(from, 'output') } } },
  '4XX': problem,
  '503': { ...problem, description: 'Not now: with Retry-After the same request makes sense again' },
})
const body = (from: z.ZodType, required = true) => ({
  required,
  content: { 'application/json': { schema: jsonSchema(from, 'input') } },
})
const hold = { name: 'hold', in: 'path', required: true, schema: { type: 'string', minLength: 1, maxLength: 64 } }
const key = {
  name: 'Idempotency-Key',
  in: 'header',
  required: true,
  description: 'Your own; the same key gives the same hold, another body under it is 422 idempotency_key_reused',
  schema: { type: 'string', minLength: 1, maxLength: 200 },
}

export function openApi() {
  return {
    openapi: '3.1.0',
    info: {
      title: 'Bonusbook for web shops',
      version: '1',
      description: 'Hold points for a basket, then book the order or let it go. Amounts are decimal text.',
    },
    security: [{ token: [] }],
    components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
    paths: {
      '/shop/v1/quotes': {
        post: {
          operationId: 'quoteBasket',
          summary: 'What a basket earns and how much of it points may pay; holds nothing',
          requestBody: body(schema.quoteRequest),
          responses: answers(schema.basketQuote, 'The quote'),
        },
      },
      '/shop/v1/holds': {
        post: {
          operationId: 'holdBasket',
          summary: 'Hold points for a basket',
          description:
            'Whole or not at all: 409 redeem_exceeds_limit says in `redeemable` how many there are. A later hold for the same receipt takes the place of this one.',
          parameters: [key],
          requestBody: body(schema.holdRequest),
          responses: answers(schema.basketHold, 'Held until `until`'),
        },
      },
      '/shop/v1/holds/{hold}': {
        get: {
          operationId: 'readHold',
          summary: 'How a hold stands',
          parameters: [hold],
          responses: answers(schema.basketHold, 'The hold'),
        },
        delete: {
          operationId: 'releaseHold',
          summary: 'The basket was given up; safe to repeat',
          parameters: [hold],
          responses: answers(schema.basketHold, 'Released, or as it had ended before'),
        },
      },
      '/shop/v1/wallet-links': {
        post: {
          operationId: 'walletLink',
          summary: 'Where a member gets their card for Apple Wallet and Google Wallet',
          requestBody: body(linkRequest),
          responses: answers(linkAnswer, 'The links of this member; nobody else’s hands'),
        },
      },
      '/shop/v1/holds/{hold}/commit': {
        post: {
          operationId: 'commitHold',
          summary: 'Book the order as it was quoted; safe to repeat',
          description: '409 hold_over where it has ended by itself, was released or replaced: nothing is booked.',
          parameters: [hold],
          requestBody: body(schema.commitRequest, false),
          responses: answers(schema.basketHold, 'Booked; `entry` names it'),
        },
      },
    },
  }
}
