import { Readable } from 'node:stream'
import MailComposer from 'nodemailer/lib/mail-composer'
import SMTPConnection from 'nodemailer/lib/smtp-connection'
import { Complaint } from '../complaint.ts'
import { type Gateway, type Give, giveAlways, NOT_OURS, type Outcome, type OutgoingMessage } from './gateway.ts'

const TAKEN_WITHIN_MS = 15_000

/**
 * Mail over SMTP, one connection a message: `smtp://user:password@host:port` (with STARTTLS where the server has it) or
 * `smtps://…`. From the first byte of a message on, only the server's own answer tells whether it was taken.
 */
export function smtpGateway(url: string, from: string, within = TAKEN_WITHIN_MS): Gateway {
  if (!URL.canParse(url) || !/^smtps?:$/.test(new URL(url).protocol) || new URL(url).hostname === '') {
    throw new Complaint('BONUSBOOK_SMTP_URL is not an address such as smtps://user:password@mail.example:465.')
  }
  const { protocol, hostname, port, username, password } = new URL(url)
  const secure = protocol === 'smtps:'
  const settings = { host: hostname, port: Number(port || (secure ? 465 : 587)), secure }
  const login =
    username === ''
      ? undefined
      : { credentials: { user: decodeURIComponent(username), pass: decodeURIComponent(password) } }
  return {
    send: async (message, give = giveAlways) => {
      const mail = new MailComposer({ from, ...nameOf(message, from), ...lettersOf(message) }).compile()
      return transmit({ ...settings, within, login }, mail.getEnvelope(), await mail.build(), give)
    },
  }
}

/** A name of our own, so that whoever gets a letter twice knows it for one. Rule K18. */
function nameOf({ id }: OutgoingMessage, from: string) {
  const domain = /@([A-Za-z0-9.-]+)/.exec(from)?.[1] ?? 'localhost'
  return id === undefined ? {} : { messageId: `<${id}@${domain}>` }
}

function lettersOf({ to, subject, text, unsubscribe }: OutgoingMessage) {
  const headers =
    unsubscribe === undefined
      ? {}
      : { 'List-Unsubscribe': `<${unsubscribe}>`, 'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click' }
  return { to, text, headers, ...(subject === undefined ? {} : { subject }) }
}

interface Line {
  readonly host: string
  readonly port: number
  readonly secure: boolean
  readonly within: number
  readonly login: { readonly credentials: { readonly user: string; readonly pass: string } } | undefined
}

type Envelope = Parameters<SMTPConnection['send']>[0]

function transmit({ within, login, ...where }: Line, envelope: Envelope, letter: Buffer, give: Give): Promise<Outcome> {
  const connection = new SMTPConnection({
    ...where,
    connectionTimeout: within,
    greetingTimeout: within,
    socketTimeout: within,
  })
  return new Promise((resolve) => {
    let [isOnItsWay, isOver] = [false, false]
    const body = new Readable({
      // asked for once the server has said that it listens
      read() {
        give().then(
          (isOurs) => {
            if (!isOurs || isOver) return end(NOT_OURS)
            isOnItsWay = true
            this.push(letter)
            this.push(null)
          },
          () => end({ outcome: 'later', trouble: 'not noted' }),
        )
      },
    })
    const end = (outcome: Outcome) => {
      clearTimeout(timer)
      isOver = true
      if (outcome.outcome === 'taken') connection.quit()
      else connection.close()
      resolve(outcome)
    }
    const failed = (error: unknown) => end(outcomeOf(error, isOnItsWay))
    const timer = setTimeout(() => failed({ code: 'ETIMEDOUT' }), within)
    const hand = () => connection.send(envelope, body, (error) => (error ? failed(error) : end({ outcome: 'taken' })))
    connection.on('error', failed)
    connection.connect((error) => {
      if (error) return failed(error)
      if (login === undefined) return hand()
      connection.login(login, (refused) => (refused ? failed(refused) : hand()))
    })
  })
}

/** The server's words may hold an address: its code is all that is kept of them. */
function outcomeOf(error: unknown, isOnItsWay: boolean): Outcome {
  const { code, command, responseCode } = error as { code?: string; command?: string; responseCode?: number }
  const trouble = responseCode === undefined ? (code ?? 'unknown') : `SMTP ${responseCode}`
  if (code === 'EAUTH') return { outcome: 'later', trouble } // the shop's password, not the message
  if (responseCode !== undefined && responseCode >= 400) {
    return { outcome: responseCode >= 500 ? 'refused' : 'later', trouble }
  }
  if (command === 'API') return { outcome: 'refused', trouble }
  return { outcome: isOnItsWay ? 'unknown' : 'later', trouble }
}

/** Undefined: no mail is set up. */
export function mailFrom(env: NodeJS.ProcessEnv): Gateway | undefined {
  const { BONUSBOOK_SMTP_URL: url, BONUSBOOK_MAIL_FROM: from } = env
  if (url === undefined || url === '') return undefined
  if (from === undefined || !from.includes('@')) {
    throw new Complaint(
      'BONUSBOOK_MAIL_FROM is missing: whom mail comes from, such as "Corner Café <hello@cafe.example>".',
    )
  }
  return smtpGateway(url, from)
}
