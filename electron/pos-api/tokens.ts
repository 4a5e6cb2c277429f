import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Secrets } from '../secrets.ts'

/** Tokens of cash register software. Only their SHA-256 is kept: a token is shown once. */
export interface PosTokens {
  /** A fresh token in place of the one before. */
  readonly mint: () => string
  readonly accepts: (token: string) => boolean
}

const NAME = 'pos-token'

export function posTokens(secrets: Secrets, runToken: string): PosTokens {
  let stored = secrets.read(NAME)
  const ofRun = digest(runToken)
  return {
    mint: () => {
      const token = newToken()
      stored = digest(token)
      secrets.write(NAME, stored)
      return token
    },
    accepts: (token) => {
      const given = digest(token)
      return same(given, ofRun) || (stored !== null && same(given, stored))
    },
  }
}

export function newToken(): string {
  return `bb_${randomBytes(24).toString('base64url')}`
}

function digest(token: string): string {
  return createHash('sha256').update(token).digest('hex')
}

function same(one: string, other: string): boolean {
  return one.length === other.length && timingSafeEqual(Buffer.from(one), Buffer.from(other))
}
