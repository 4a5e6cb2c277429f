import { createHash, randomInt } from 'node:crypto'
import type { OutletId } from '../../shared/ids.ts'
import type { Cloud } from '../cloud.ts'

/** No letters or digits that are read as one another. */
const ALPHABET = 'ABCDEFGHJKMNPQRSTVWXYZ23456789'
const GROUPS = 3
const GROUP_LENGTH = 4
const LIFE_MS = 24 * 3_600_000

export interface EnrolCode {
  /** "ABCD-EFGH-JKMN"; kept nowhere but here. */
  readonly code: string
  readonly outlet: OutletId
  readonly till: string
  readonly expiresAt: string
}

/** A code that enrols one till once, within a day. Only its hash is stored. */
export async function makeEnrolCode(
  cloud: Pick<Cloud, 'db' | 'tenant' | 'clock'>,
  outlet: OutletId,
  till: string,
): Promise<EnrolCode> {
  const letter = () => ALPHABET[randomInt(ALPHABET.length)]!
  const group = () => Array.from({ length: GROUP_LENGTH }, letter).join('')
  const code = Array.from({ length: GROUPS }, group).join('-')
  const expiresAt = new Date(cloud.clock().getTime() + LIFE_MS).toISOString()
  await cloud.db
    .insertInto('enrol_code')
    .values({ tenant: cloud.tenant, code_hash: codeHash(code), outlet, till, expires_at: expiresAt, used_at: null })
    .execute()
  return { code, outlet, till, expiresAt }
}

/** As typed: case, dashes and spaces do not matter. */
export function codeHash(typed: string): string {
  const letters = typed.toUpperCase().replaceAll(/[\s-]/g, '')
  return createHash('sha256').update(`bonusbook/enrol-code/1\n${letters}`).digest('hex')
}
