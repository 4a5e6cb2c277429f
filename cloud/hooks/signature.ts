import { createHmac, randomBytes } from 'node:crypto'

/**
 * Signed as standardwebhooks.com says, for which every language has a library: HMAC-SHA256 over "id.timestamp.body",
 * the secret written as "whsec_" and base64. The timestamp lets a receiver refuse what was recorded and sent again.
 */
const PREFIX = 'whsec_'

export const newSecret = (): string => `${PREFIX}${randomBytes(24).toString('base64')}`

export function signedHeaders(secret: string, id: string, at: Date, body: string): Readonly<Record<string, string>> {
  const timestamp = String(Math.floor(at.getTime() / 1000))
  const key = Buffer.from(secret.slice(PREFIX.length), 'base64')
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` }
}
