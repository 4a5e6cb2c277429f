import { Complaint } from '../complaint.ts'
import { smppGateway } from './smpp.ts'

/** Sends short messages to people. Real ones are services of the shop's choice; a test plugs in a server of its own. */
export interface Gateway {
  /**
   * Comes back within seconds, whatever the other side does, and never throws. `give` is asked right before the message is
   * out of our hands: false means that it is somebody else's meanwhile, and it is not sent.
   */
  readonly send: (message: OutgoingMessage, give?: Give) => Promise<Outcome>
}

export type Give = () => Promise<boolean>
export const giveAlways: Give = async () => true

/** What was not given: whoever has it now says what became of it. */
export const NOT_OURS: Outcome = { outcome: 'later', trouble: 'another instance has it' }

export interface OutgoingMessage {
  /** A phone in E.164 or a mail address. */
  readonly to: string
  readonly text: string
  /** Of a mail. */
  readonly subject?: string
  /** Of a mail: its name, the same however often it is tried; letters, digits and dashes. Rule K18. */
  readonly id?: string
  /** Of a mail: where one click ends it. */
  readonly unsubscribe?: string
}

/**
 * What became of it: taken, refused for good, certainly not taken and worth trying later, or nobody knows. Only `later`
 * may be sent again; `trouble` holds neither address nor text.
 */
export type Outcome =
  | { readonly outcome: 'taken' }
  | { readonly outcome: 'refused' | 'later' | 'unknown'; readonly trouble: string }

export const TAKEN_WITHIN_MS = 5_000

/** Errors of a connection that was never made: nothing was told to anybody. */
const NEVER_CONNECTED = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
])
/** Answers that say "not now"; any other 5xx may come from a proxy behind which it was taken. */
const NOT_NOW = new Set([429, 503])

/**
 * Any gateway that takes JSON over HTTP: POST {"to","text"} to `BONUSBOOK_SMS_URL`, with `BONUSBOOK_SMS_TOKEN` as bearer
 * where it is set; 2xx means taken. Others are reached through a few lines of the shop's own in between.
 */
export function httpGateway(url: string, token: string | undefined, within = TAKEN_WITHIN_MS): Gateway {
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    throw new Complaint('BONUSBOOK_SMS_URL is not an address such as https://sms.example/send.')
  }
  return {
    send: async ({ to, text }, give = giveAlways) => {
      if (!(await give().catch(() => false))) return NOT_OURS // what could not be noted is not sent either
      try {
        const response = await fetch(url, {
          method: 'POST',
          headers: {
            'content-type': 'application/json',
            // a kept connection that the other side has closed meanwhile could not be told from one that broke off
            connection: 'close',
            ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          },
          body: JSON.stringify({ to, text }),
          redirect: 'manual',
          signal: AbortSignal.timeout(within),
        })
        await response.body?.cancel().catch(() => undefined)
        return outcomeOf(response.status)
      } catch (error) {
        const code = errorCode(error)
        return { outcome: NEVER_CONNECTED.has(code) ? 'later' : 'unknown', trouble: code }
      }
    },
  }
}

function outcomeOf(status: number): Outcome {
  if (status >= 200 && status < 300) return { outcome: 'taken' }
  const trouble = `answered ${status}`
  if (NOT_NOW.has(status)) return { outcome: 'later', trouble }
  return { outcome: status >= 500 ? 'unknown' : 'refused', trouble }
}

function errorCode(error: unknown): string {
  const { name, code, cause } = error as { name?: string; code?: unknown; cause?: { code?: unknown } }
  const told = cause?.code ?? code
  return typeof told === 'string' ? told : (name ?? 'unknown')
}

/** For texts: over HTTP or SMPP, whichever is set up; undefined: neither. */
export function gatewayFrom(env: NodeJS.ProcessEnv): Gateway | undefined {
  const { BONUSBOOK_SMS_URL: http = '', BONUSBOOK_SMPP_URL: smpp = '' } = env
  if (http !== '' && smpp !== '') throw new Complaint('Give BONUSBOOK_SMS_URL or BONUSBOOK_SMPP_URL, not both.')
  if (smpp !== '') return smppGateway(smpp)
  return http === '' ? undefined : httpGateway(http, env.BONUSBOOK_SMS_TOKEN || undefined)
}
