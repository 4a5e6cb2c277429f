import { createHmac, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto'
import { join } from 'node:path'
import { ed25519 } from '@noble/curves/ed25519.js'
import { bytesToHex } from '@noble/hashes/utils.js'
import { Complaint } from '../complaint.ts'
import { secretFile } from '../database/data-folder.ts'

const KEY_BYTES = 32

const TOKEN_CHARACTERS_MIN = 16

/** The owner's word to the admin API: from the environment, else from a file in the data folder that is made on first use. */
export async function adminTokenFrom(dataFolder: string, given: string | undefined): Promise<string> {
  const token = given ?? (await secretFile(join(dataFolder, 'admin.token')))
  const where = given === undefined ? join(dataFolder, 'admin.token') : 'The admin token (BONUSBOOK_ADMIN_TOKEN)'
  if (/[^\x21-\x7e]/.test(token)) {
    throw new Complaint(
      `${where} holds blanks or letters that no header carries; letters, digits and signs of ASCII are allowed.`,
    )
  }
  if (token.length < TOKEN_CHARACTERS_MIN) {
    throw new Complaint(`${where} has ${token.length} characters; ${TOKEN_CHARACTERS_MIN} or more are allowed.`)
  }
  return token
}

/** What is derived from the one master key; nothing else of it leaves this file. */
export interface Keys {
  /** Wraps the members' own keys. */
  readonly wrapping: Buffer
  /** Seals what was set aside unread: nobody knows whether it holds personal data. */
  readonly asideKey: Buffer
  /** Seals pages of many members. */
  readonly pageKey: Buffer
  /** Seals the secrets that sign web hooks. */
  readonly hookKey: Buffer
  /** Seals the certificates and keys that sign wallet passes. */
  readonly walletKey: Buffer
  /** Seals answers of the admin API that are kept for a repeated request. */
  readonly answerKey: Buffer
  /** Recognises the master key without telling it. */
  readonly check: string
  /** The same phone gives the same hash under this key, and nothing without it. */
  phoneHash(e164: string): string
  /** The same month and day ("02-29") gives the same hash. */
  birthdayMark(monthDay: string): string
  /** The same name, city or answer gives the same hash; what it is cannot be read from it. */
  traitMark(kind: 'name' | 'city' | 'answer', text: string): string
  /** Marks what this service has issued itself, such as a challenge. */
  mark(text: string): string
  /** Ed25519, raw in hex: tills know by it which coupon codes are ours. */
  readonly couponKey: string
  /** Signs the code of a personal coupon, in hex. */
  signCoupon(text: string): string
}

/** The master key from the environment, else from a file in the data folder that is made on first use. */
export async function masterKey(dataFolder: string, given: string | undefined): Promise<Buffer> {
  const text =
    given ?? (await secretFile(join(dataFolder, 'master.key'), () => randomBytes(KEY_BYTES).toString('base64')))
  const key = Buffer.from(text, 'base64')
  if (key.length !== KEY_BYTES) {
    const where = given === undefined ? join(dataFolder, 'master.key') : 'BONUSBOOK_MASTER_KEY'
    throw new Complaint(`${where} should hold ${KEY_BYTES} bytes in base64, but holds ${key.length}.`)
  }
  return key
}

export function keysFrom(master: Buffer): Keys {
  const derived = (name: string) => Buffer.from(hkdfSync('sha256', master, '', `bonusbook/${name}/1`, KEY_BYTES))
  const coupons = derived('coupon')
  const [phones, birthdays, marks] = [derived('phone'), derived('birthday'), derived('mark')]
  const traits = derived('trait')
  return {
    wrapping: derived('member-key'),
    asideKey: derived('set-aside'),
    pageKey: derived('feed-page'),
    hookKey: derived('web-hook'),
    walletKey: derived('wallet'),
    answerKey: derived('admin-answer'),
    check: derived('check').toString('hex'),
    phoneHash: (e164) => createHmac('sha256', phones).update(e164).digest('hex'),
    birthdayMark: (monthDay) => createHmac('sha256', birthdays).update(monthDay).digest('hex'),
    traitMark: (kind, text) => createHmac('sha256', traits).update(`${kind}\n${text}`).digest('hex'),
    mark: (text) => createHmac('sha256', marks).update(text).digest('base64url'),
    couponKey: bytesToHex(ed25519.getPublicKey(coupons)),
    signCoupon: (text) => bytesToHex(ed25519.sign(Buffer.from(text), coupons)),
  }
}

/** For sites and apps that tell events: it follows from the master key and opens nothing else. */
export const eventsToken = ({ keys, tenant }: { readonly keys: Keys; readonly tenant: string }): string =>
  keys.mark(`events\n${tenant}`)

export function sameSecret(a: string, b: string): boolean {
  const digest = (text: string) => createHmac('sha256', 'compare').update(text).digest()
  return timingSafeEqual(digest(a), digest(b))
}
