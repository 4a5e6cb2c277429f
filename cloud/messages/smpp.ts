/// <reference path="./smpp-package.d.ts" />
import smpp, { type Pdu } from 'smpp'
import { Complaint } from '../complaint.ts'
import { type Gateway, type Give, giveAlways, NOT_OURS, type Outcome, type OutgoingMessage } from './gateway.ts'

const TAKEN_WITHIN_MS = 10_000
/** Longer ones do not fit into `short_message`: 254 octets of UCS-2. */
const SHORT_CHARACTERS_MAX = 127
const UCS2 = 8
const INTERNATIONAL = 1
const ISDN = 1
/** Answers that say "not now": the queue is full, too much at once. */
const NOT_NOW = new Set([0x14, 0x58])

/**
 * Short messages over SMPP 3.4, one connection a message: `smpp://system:password@host:2775?from=NAME`, or `ssmpp://…`
 * over TLS. From `submit_sm` on only the other side's answer tells whether it was taken.
 */
export function smppGateway(url: string, within = TAKEN_WITHIN_MS): Gateway {
  if (!URL.canParse(url) || !/^s?smpp:$/.test(new URL(url).protocol) || new URL(url).hostname === '') {
    throw new Complaint(
      'BONUSBOOK_SMPP_URL is not an address such as smpp://system:password@sms.example:2775?from=Cafe.',
    )
  }
  const { protocol, hostname, port, username, password, searchParams } = new URL(url)
  const tls = protocol === 'ssmpp:'
  const line: Line = {
    where: { host: hostname, port: Number(port || (tls ? 3550 : 2775)), tls },
    system: { system_id: decodeURIComponent(username), password: decodeURIComponent(password) },
    from: searchParams.get('from') ?? '',
    within,
  }
  return { send: (message, give = giveAlways) => submit(line, message, give) }
}

interface Line {
  readonly where: { readonly host: string; readonly port: number; readonly tls: boolean }
  readonly system: { readonly system_id: string; readonly password: string }
  readonly from: string
  readonly within: number
}

function submit({ where, system, from, within }: Line, { to, text }: OutgoingMessage, give: Give): Promise<Outcome> {
  return new Promise((resolve) => {
    let [isOnItsWay, isOver] = [false, false]
    const end = (outcome: Outcome) => {
      isOver = true
      clearTimeout(timer)
      session.destroy()
      resolve(outcome)
    }
    const broken = (trouble: string) => end({ outcome: isOnItsWay ? 'unknown' : 'later', trouble })
    const timer = setTimeout(() => broken('ETIMEDOUT'), within)
    const session = smpp.connect(where)
    session.on('error', (error: { code?: string }) => broken(error.code ?? 'broken off'))
    session.on('close', () => broken('broken off'))
    session.on(where.tls ? 'secureConnect' : 'connect', () => {
      session.bind_transceiver(system, ({ command_status }) => {
        // the shop's account, not the message
        if (command_status !== 0) return end({ outcome: 'later', trouble: status(command_status) })
        give().then(
          (isOurs) => {
            if (!isOurs || isOver) return end(NOT_OURS)
            isOnItsWay = true
            session.submit_sm(fieldsOf(from, to, text), (answer) => end(outcomeOf(answer)))
          },
          () => end({ outcome: 'later', trouble: 'not noted' }),
        )
      })
    })
  })
}

function fieldsOf(from: string, to: string, text: string) {
  const message = Buffer.from(text, 'utf16le').swap16() // UCS-2, the high octet first
  return {
    source_addr: from,
    destination_addr: to.replace(/^\+/, ''),
    dest_addr_ton: INTERNATIONAL,
    dest_addr_npi: ISDN,
    data_coding: UCS2,
    ...(text.length > SHORT_CHARACTERS_MAX ? { message_payload: message } : { short_message: message }),
  }
}

function outcomeOf({ command_status: code }: Pdu): Outcome {
  if (code === 0) return { outcome: 'taken' }
  return { outcome: NOT_NOW.has(code) ? 'later' : 'refused', trouble: status(code) }
}

const status = (code: number) => `SMPP 0x${code.toString(16)}`
