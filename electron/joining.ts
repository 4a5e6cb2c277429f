import { setTimeout as sleep } from 'node:timers/promises'
import type { Environment } from './environment.ts'
import type { Log } from './log.ts'
import type { Membership } from './membership.ts'
import type { SettingsStore } from './settings.ts'

interface JoiningParts {
  readonly membership: Pick<Membership, 'identity' | 'join'>
  readonly settings: SettingsStore
  readonly log: Log
}

const PAUSE_MS = 5_000
const PAUSE_MS_MAX = 300_000

const quietly = (ms: number) => sleep(ms, undefined, { ref: false })

/**
 * What machines say by the environment: where the cloud is, and how to join it without a person. The start waits for the
 * first attempt only. A computer may be up before its network, so where nobody answers it is tried again; `later` tells
 * whether the till joined after the start.
 */
export async function obeyEnvironment(
  { cloud, enrolCode }: Pick<Environment, 'cloud' | 'enrolCode'>,
  parts: JoiningParts,
  pause: (ms: number) => Promise<void> = quietly,
): Promise<{ readonly later: Promise<boolean> }> {
  const nothing = { later: Promise.resolve(false) }
  if (cloud === null) return nothing
  const { membership, settings, log } = parts
  if (membership.identity() !== null) {
    if (settings.current().cloud === cloud) return nothing
    const changed = settings.change({ cloud })
    if (!changed.ok) log('error', 'BONUSBOOK_CLOUD is no address of a cloud', { errors: changed.errors })
    return nothing
  }
  if (enrolCode === null) return nothing
  const attempt = () => joined(parts, cloud, enrolCode)
  return (await attempt()) === 'unreachable' ? { later: tryOn(attempt, parts, pause) } : nothing
}

async function tryOn(
  attempt: () => Promise<'joined' | 'unreachable' | 'refused'>,
  { membership }: JoiningParts,
  pause: (ms: number) => Promise<void>,
): Promise<boolean> {
  for (let ms = PAUSE_MS; ; ms = Math.min(ms * 2, PAUSE_MS_MAX)) {
    await pause(ms)
    if (membership.identity() !== null) return false // somebody typed a code meanwhile
    const outcome = await attempt()
    if (outcome !== 'unreachable') return outcome === 'joined'
  }
}

async function joined({ membership, log }: JoiningParts, cloud: string, code: string) {
  const reply = await membership.join(cloud, code)
  if (reply.ok) return 'joined'
  if (reply.reason === 'unreachable') return 'unreachable'
  const whatToDo =
    reply.reason === 'bad_code'
      ? 'BONUSBOOK_ENROL_CODE does not join this till: a new code is needed'
      : 'this till could not join by its environment'
  log('error', whatToDo, { reason: reply.reason, detail: reply.message })
  return 'refused'
}
