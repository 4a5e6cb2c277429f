import { createSign } from 'node:crypto'
import { canonical, sha256Hex } from '../../shared/ledger/chain.ts'
import { cardLabels, type WalletCard } from '../../shared/wallet/card.ts'
import type { Cloud } from '../cloud.ts'
import type { GoogleKept } from './certificates.ts'
import type { Wallet } from './settings.ts'

/** Google Wallet: the signed word by which a member saves a pass, and the few calls of its REST interface that we use. */

const SCOPE = 'https://www.googleapis.com/auth/wallet_object.issuer'
const TOKEN_SECONDS = 3600

const base64url = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')

/** A JWT that the service account signs (RS256). */
function signedWord(key: string, claims: object): string {
  const body = `${base64url({ alg: 'RS256', typ: 'JWT' })}.${base64url(claims)}`
  return `${body}.${createSign('RSA-SHA256').update(body).sign(key, 'base64url')}`
}

export const classId = ({ issuer }: GoogleKept, tenant: string): string => `${issuer}.bonusbook-${tenant}`
export const objectId = ({ issuer }: GoogleKept, serial: string): string => `${issuer}.${serial}`

/** What all passes of the shop have in common. */
export function loyaltyClass({ tenant, publicUrl }: Cloud, wallet: Wallet, google: GoogleKept, programme: string) {
  return {
    id: classId(google, tenant),
    issuerName: wallet.words.organisation,
    programName: programme,
    hexBackgroundColor: wallet.words.background,
    reviewStatus: 'UNDER_REVIEW',
    programLogo: { sourceUri: { uri: `${publicUrl}/wallet/logo.png` } },
  }
}

/** One pass; what it does not have is said to be nothing, so that a PATCH takes it away. */
export function loyaltyObject(tenant: string, wallet: Wallet, google: GoogleKept, serial: string, card: WalletCard) {
  const labels = cardLabels[card.language]
  const text = (id: 'tier' | 'burning' | 'message', body: string | null) =>
    body === null ? [] : [{ id, header: labels[id], body }]
  const type = wallet.words.barcode === 'qr' ? 'QR_CODE' : 'CODE_128'
  return {
    id: objectId(google, serial),
    classId: classId(google, tenant),
    state: card.isVoid ? 'EXPIRED' : 'ACTIVE',
    accountId: card.number,
    loyaltyPoints: { label: labels.points, balance: { string: card.points } },
    barcode: card.number === null ? null : { type, value: card.number, alternateText: card.number },
    textModulesData: [...text('tier', card.tier), ...text('burning', card.burning), ...text('message', card.message)],
  }
}

/** Where a member saves the pass with Google. */
export function saveLink(cloud: Cloud, wallet: Wallet, google: GoogleKept, serial: string, card: WalletCard): string {
  const { client_email: iss, private_key: key } = google.serviceAccount
  const object = loyaltyObject(cloud.tenant, wallet, google, serial, card)
  const known = Object.fromEntries(Object.entries(object).filter(([, value]) => value !== null))
  const claims = {
    iss,
    aud: 'google',
    typ: 'savetowallet',
    iat: Math.floor(cloud.clock().getTime() / 1000),
    payload: { loyaltyObjects: [known] },
  }
  return `${cloud.wallet.googleSave}${signedWord(key, claims)}`
}

/** `absent`: Google has no such thing. `later`: certainly not taken; `unknown`: perhaps. */
export type Asked =
  | { readonly outcome: 'taken'; readonly body: unknown }
  | { readonly outcome: 'absent' | 'there' }
  | { readonly outcome: 'later' | 'unknown' | 'refused'; readonly trouble: string }

const NEVER_CONNECTED = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
])

/** Speaks as one service account; its token is asked for when the last one ends. */
export class GoogleWallet {
  private token: { readonly text: string; readonly until: number } | undefined
  private readonly cloud: Pick<Cloud, 'wallet' | 'clock'>
  private readonly account: GoogleKept['serviceAccount']

  constructor(cloud: Pick<Cloud, 'wallet' | 'clock'>, account: GoogleKept['serviceAccount']) {
    this.cloud = cloud
    this.account = account
  }

  /** Comes back within the set time and never throws. */
  async ask(method: 'POST' | 'PATCH', path: string, body: object): Promise<Asked> {
    const token = await this.tokenNow()
    if (typeof token !== 'string') return token
    try {
      const response = await this.fetched(`${this.cloud.wallet.google}/${path}`, {
        method,
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      })
      if (response.ok) return { outcome: 'taken', body: await response.json().catch(() => ({})) }
      await response.body?.cancel().catch(() => undefined)
      if (response.status === 401) this.token = undefined
      return outcomeOf(response.status)
    } catch (error) {
      const code = codeOf(error)
      return { outcome: NEVER_CONNECTED.has(code) ? 'later' : 'unknown', trouble: code }
    }
  }

  private async tokenNow(): Promise<string | Asked> {
    const now = Math.floor(this.cloud.clock().getTime() / 1000)
    if (this.token !== undefined && this.token.until > now + 60) return this.token.text
    const { client_email: iss, private_key: key, token_uri: aud } = this.account
    try {
      const assertion = signedWord(key, { iss, scope: SCOPE, aud, iat: now, exp: now + TOKEN_SECONDS })
      const grant = { grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion }
      const response = await this.fetched(aud, { method: 'POST', body: new URLSearchParams(grant) })
      const told = (await response.json().catch(() => ({}))) as { access_token?: unknown; expires_in?: unknown }
      if (!response.ok || typeof told.access_token !== 'string') {
        return { outcome: 'later', trouble: `no token: ${response.status}` }
      }
      const seconds = typeof told.expires_in === 'number' ? told.expires_in : TOKEN_SECONDS
      this.token = { text: told.access_token, until: now + seconds }
      return this.token.text
    } catch (error) {
      return { outcome: 'later', trouble: `no token: ${codeOf(error)}` }
    }
  }

  private fetched(url: string, request: RequestInit): Promise<Response> {
    return fetch(url, { ...request, redirect: 'manual', signal: AbortSignal.timeout(this.cloud.wallet.withinMs) })
  }
}

function outcomeOf(status: number): Asked {
  if (status === 404) return { outcome: 'absent' }
  if (status === 409) return { outcome: 'there' }
  const trouble = `Google ${status}`
  if (status === 401 || status === 403 || status === 429 || status === 503) return { outcome: 'later', trouble }
  return { outcome: status >= 500 ? 'unknown' : 'refused', trouble }
}

function codeOf(error: unknown): string {
  const { name, code, cause } = error as { name?: string; code?: unknown; cause?: { code?: unknown } }
  const told = cause?.code ?? code
  return typeof told === 'string' ? told : (name ?? 'unknown')
}

export const digestOfClass = (value: object): string => sha256Hex(canonical(value as never))
