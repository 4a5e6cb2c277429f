import { z } from 'zod'
import type { CoreMethod, CoreParams } from '../../shared/core-api.ts'
import { canonical, sha256Hex } from '../../shared/ledger/chain.ts'
import {
  attachBody,
  blockBody,
  bookBody,
  cardParams,
  commitBody,
  confirmBody,
  enrolBody,
  memberQuery,
  quoteBody,
  quoteParams,
  receiptParams,
  redeemBody,
  refundBody,
  replaceBody,
  scanBody,
  vouchBody,
} from '../../shared/pos-api/requests.ts'
import { schemaErrors, shown } from '../../shared/problem.ts'
import { unstorableIn } from '../../shared/storable-text.ts'
import { derivedAttachKey, derivedRefundKey } from '../pos-api/derived-keys.ts'

/** What a file may ask: the bodies of the POS API under a command's name, and the call of the core that it becomes. */
export interface Asked {
  readonly command: string
  readonly method: CoreMethod
  readonly params: unknown
}

export type Read =
  | { readonly ok: true; readonly asked: Asked }
  | { readonly ok: false; readonly errors: readonly { path: string; found: string; allowed: string }[] }

interface Command {
  readonly body: z.ZodType
  /** `own`: the key for requests that came without one; the same file again has the same. */
  readonly call: (body: never, key: string | undefined, own: string) => readonly [CoreMethod, unknown]
}

function command<S extends z.ZodType>(
  body: S,
  call: (body: z.output<S>, key: string | undefined, own: string) => readonly [CoreMethod, unknown],
): Command {
  return { body, call: call as Command['call'] }
}

const commands: Readonly<Record<string, Command>> = {
  scan: command(scanBody, ({ code }) => ['scans.take', { code, source: 'register' }]),
  member: command(memberQuery, (body) => ['members.find', body]),
  enrol: command(enrolBody, (body, key, own) => ['members.enrol', { ...body, idempotencyKey: key ?? own }]),
  quote: command(quoteBody, (body) => ['quotes.create', body]),
  redeem: command(quoteParams.extend(redeemBody.shape), (body) => ['quotes.redeem', body]),
  code: command(quoteParams, (body) => ['quotes.code', body]),
  confirm: command(quoteParams.extend(confirmBody.shape), (body) => ['quotes.confirm', body]),
  vouch: command(quoteParams.extend(vouchBody.shape), (body) => ['quotes.vouch', body]),
  look: command(quoteParams, (body) => ['quotes.get', body]),
  cancel: command(quoteParams, (body) => ['quotes.cancel', body]),
  commit: command(quoteParams.extend(commitBody.shape), (body, key) => [
    'quotes.commit',
    { ...body, idempotencyKey: key ?? `commit-${body.id}` },
  ]),
  sale: command(bookBody, (body, key) => [
    'receipts.book',
    { ...body, idempotencyKey: key ?? `sale-${body.receipt.outlet ?? ''}-${body.receipt.id}` },
  ]),
  refund: command(refundBody, (body, key) => [
    'receipts.refund',
    { ...body, idempotencyKey: key ?? derivedRefundKey(body) },
  ]),
  attach: command(attachWithReceipt(), ({ receipt, ...body }, key) => {
    const asked = { ...body, receipt } as Omit<CoreParams<'receipts.attach'>, 'idempotencyKey'>
    return ['receipts.attach', { ...asked, idempotencyKey: key ?? derivedAttachKey(asked) }]
  }),
  block: command(cardParams.extend(blockBody.shape), ({ number, ...body }) => [
    'cards.block',
    { card: number, ...body },
  ]),
  replace: command(cardParams.extend(replaceBody.shape), ({ number, ...body }) => [
    'cards.replace',
    { card: number, ...body },
  ]),
  state: command(z.strictObject({}), () => ['state', {}]),
}

function attachWithReceipt() {
  return z.strictObject({ ...attachBody.shape, receipt: receiptParams.shape.id })
}

const key = z.string().min(1).max(200).optional()

export function readAsked(name: string, content: unknown): Read {
  if (typeof content !== 'object' || content === null || Array.isArray(content)) {
    return wrong('(body)', shown(content), 'an object with a command')
  }
  const unstorable = unstorableIn(content)
  if (unstorable.length > 0) return { ok: false, errors: unstorable }
  const { command: wanted, key: given, ...body } = content as Record<string, unknown>
  const found = typeof wanted === 'string' && Object.hasOwn(commands, wanted) ? commands[wanted] : undefined
  if (found === undefined) return wrong('command', shown(wanted), Object.keys(commands).join(', '))
  const parsedKey = key.safeParse(given)
  if (!parsedKey.success) return wrong('key', shown(given), 'a text of 1 to 200 characters')
  const parsed = found.body.safeParse(body)
  if (!parsed.success) return { ok: false, errors: schemaErrors(parsed.error, body) }
  const own = `file-${sha256Hex(canonical(JSON.parse(JSON.stringify({ name, body })))).slice(0, 40)}`
  const [method, params] = found.call(parsed.data as never, parsedKey.data, own)
  return { ok: true, asked: { command: wanted as string, method, params } }
}

const wrong = (path: string, found: string, allowed: string): Read => ({
  ok: false,
  errors: [{ path, found, allowed }],
})
