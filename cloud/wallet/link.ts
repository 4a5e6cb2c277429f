import { type MemberId, memberId } from '../../shared/ids.ts'
import type { Cloud } from '../cloud.ts'
import { Refusal } from '../http/refusal.ts'
import { sameSecret } from '../secrets/keys.ts'

/** Where a member gets their pass: only this service can make the address, and it says nothing of the person. Rule W6. */

/** 132 bits: short enough for a text. */
const MARK_CHARACTERS = 22

const markOf = ({ keys, tenant }: Pick<Cloud, 'keys' | 'tenant'>, member: string) =>
  keys.mark(`wallet-link\n${tenant}\n${member}`).slice(0, MARK_CHARACTERS)

/** Undefined: the service does not know its own address. */
export function walletLink(cloud: Pick<Cloud, 'keys' | 'tenant' | 'publicUrl'>, member: string): string | undefined {
  if (cloud.publicUrl === undefined) return undefined
  return `${cloud.publicUrl}/wallet/${Buffer.from(member).toString('base64url')}.${markOf(cloud, member)}`
}

export function memberOfLink(cloud: Cloud, token: string): MemberId {
  const [name = '', mark = ''] = token.split('.')
  const member = memberId.safeParse(Buffer.from(name, 'base64url').toString())
  if (!member.success || !sameSecret(mark, markOf(cloud, member.data))) {
    throw new Refusal(404, 'unknown_link', 'This link is not ours, or part of it is missing.')
  }
  return member.data
}
