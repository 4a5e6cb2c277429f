import type { KeyObject } from 'node:crypto'
import type { EnrolTillReply, TillIdentity } from '../shared/desktop-api.ts'
import { type CloudLink, createCloudLink } from './cloud-link.ts'
import { deviceKey } from './device-key.ts'
import { enrolTill, readIdentity, type StoredIdentity, writeIdentity } from './identity.ts'
import type { Log } from './log.ts'
import type { Secrets } from './secrets.ts'
import type { SettingsStore } from './settings.ts'

/** This till's place in a programme: who it is, and its signed way to the cloud once it has joined. */
export interface Membership {
  readonly identity: () => TillIdentity | null
  readonly link: () => CloudLink | null
  /** The cloud granted this till an epoch: it writes in it from now on, also after a restart. */
  readonly enterEpoch: (epoch: number) => void
  /** The device's key; null: not joined, or gone. */
  readonly key: () => KeyObject | null
  readonly join: (cloud: string, code: string) => Promise<EnrolTillReply>
}

export interface MembershipOptions {
  readonly file: string
  readonly secrets: Secrets
  readonly settings: SettingsStore
  readonly app: string
  readonly log: Log
}

export function openMembership(options: MembershipOptions): Membership {
  const { file, secrets, settings, app, log } = options
  let stored = readIdentity(file)
  let link = linkOf(stored)

  function linkOf(joined: StoredIdentity | null): CloudLink | null {
    const key = deviceKey(secrets)
    if (joined === null) return null
    if (key === null) {
      log('error', 'this till has joined, but its key is gone: it works on alone until it joins anew')
      return null
    }
    // Read at each request: the cloud may move.
    const address = () => settings.current().cloud ?? joined.cloud
    return createCloudLink({ address, identity: joined, key, app, fetch })
  }

  /** It stands in the identity as well. */
  function keepAddress(cloud: string): void {
    try {
      settings.change({ cloud })
    } catch (error) {
      log('warn', 'the settings do not take the address of the cloud', { error: String(error) })
    }
  }

  return {
    identity: () => stored && identityOf(stored),
    link: () => link,
    enterEpoch: (epoch) => {
      if (stored === null || stored.epoch >= epoch) return
      const raised = { ...stored, epoch }
      writeIdentity(file, raised)
      stored = raised
      log('warn', 'the stream of this till forked: it goes on in a new epoch', { epoch })
    },
    key: () => (stored === null ? null : deviceKey(secrets)),
    join: async (cloud, code) => {
      const reply = await enrolTill({ file, cloud, code, secrets, fetch })
      if (!reply.ok) {
        log('warn', 'the till could not join', { reason: reply.reason, detail: reply.message })
        return reply
      }
      keepAddress(cloud)
      stored = { ...reply.identity, cloud }
      link = linkOf(stored)
      log('info', 'the till has joined', { ...stored })
      return reply
    },
  }
}

function identityOf({ cloud: _, ...identity }: StoredIdentity): TillIdentity {
  return identity
}
