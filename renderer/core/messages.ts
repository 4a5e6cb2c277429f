import type { CoreEvent, CoreReply } from '../../shared/core-api.ts'
import type {
  CoreBoot,
  CoreRequest,
  DiskRoom,
  JournalRecord,
  JournalReply,
  NeighbourHost,
} from '../../shared/desktop-api.ts'
import type { Seen } from './ports.ts'

/** What the hidden page and the core's Worker say to each other. The page decides nothing: it only passes on. */

export type ToWorker =
  | { readonly type: 'boot'; readonly boot: CoreBoot }
  | { readonly type: 'request'; readonly request: CoreRequest }
  | { readonly type: 'appended'; readonly call: number; readonly reply: JournalReply }
  | { readonly type: 'read'; readonly call: number; readonly records: readonly JournalRecord[] }
  | { readonly type: 'pruned'; readonly call: number }
  | { readonly type: 'room'; readonly call: number; readonly room: DiskRoom }
  | { readonly type: 'journal-lost'; readonly call: number; readonly message: string }
  | { readonly type: 'neighbour'; readonly call: number; readonly value: unknown }
  | { readonly type: 'neighbour-lost'; readonly call: number; readonly message: string }
  | { readonly type: 'hurry' }

export type ToPage =
  | { readonly type: 'loaded' }
  | { readonly type: 'reply'; readonly id: number; readonly reply: CoreReply<unknown> }
  | { readonly type: 'emit'; readonly event: CoreEvent }
  /** How long the two copies of an entry took, in milliseconds. */
  | { readonly type: 'copied'; readonly ms: number }
  | {
      readonly type: 'neighbour'
      readonly call: number
      readonly method: keyof NeighbourHost
      readonly params: readonly unknown[]
    }
  | { readonly type: 'append'; readonly call: number; readonly records: readonly JournalRecord[] }
  | {
      readonly type: 'read'
      readonly call: number
      readonly epoch: number
      readonly fromSeq: number
      readonly limit: number
    }
  | { readonly type: 'prune'; readonly call: number; readonly acked: Seen; readonly before: number }
  | { readonly type: 'room'; readonly call: number }
