import { Complaint } from '../complaint.ts'

/** Where Apple and Google listen; a shop leaves them as they are, a test puts its own servers there. */
export interface WalletOutside {
  readonly apns: string
  /** Whom else APNs' certificate may be from. */
  readonly apnsAuthority?: string | undefined
  readonly google: string
  /** Before the signed word by which a member saves a pass. */
  readonly googleSave: string
  readonly withinMs: number
}

export const realOutside: WalletOutside = {
  apns: 'https://api.push.apple.com',
  google: 'https://walletobjects.googleapis.com/walletobjects/v1',
  googleSave: 'https://pay.google.com/gp/v/save/',
  withinMs: 8_000,
}

/** A proxy of the shop's own in between is set by environment. */
export function outsideFrom(env: NodeJS.ProcessEnv): WalletOutside {
  const { BONUSBOOK_APNS_URL: apns, BONUSBOOK_GOOGLE_WALLET_URL: google } = env
  for (const [name, url] of Object.entries({ BONUSBOOK_APNS_URL: apns, BONUSBOOK_GOOGLE_WALLET_URL: google })) {
    if (url && !(URL.canParse(url) && /^https?:$/.test(new URL(url).protocol))) {
      throw new Complaint(`${name} is not an address such as https://wallet.example.`)
    }
  }
  return { ...realOutside, ...(apns ? { apns } : {}), ...(google ? { google: google.replace(/\/+$/, '') } : {}) }
}
