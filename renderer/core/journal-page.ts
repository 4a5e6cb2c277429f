import type { DiskRoom, JournalRecord, JournalReply } from '../../shared/desktop-api.ts'
import type { ToPage, ToWorker } from './messages.ts'
import type { Journal } from './ports.ts'

/** The journal as the Worker sees it: through the page to main and back. */
export function journalThroughPage(say: (message: ToPage) => void): {
  readonly journal: Journal
  readonly heard: (message: ToWorker) => void
} {
  const waiting = new Map<number, { resolve: (value: never) => void; reject: (error: Error) => void }>()
  let calls = 0

  function ask<T>(message: (call: number) => ToPage): Promise<T> {
    const call = ++calls
    return new Promise<T>((resolve, reject) => {
      waiting.set(call, { resolve: resolve as (value: never) => void, reject })
      say(message(call))
    })
  }

  return {
    journal: {
      append: (records) => ask<JournalReply>((call) => ({ type: 'append', call, records })),
      read: (epoch, fromSeq, limit) =>
        ask<readonly JournalRecord[]>((call) => ({ type: 'read', call, epoch, fromSeq, limit })),
      prune: (acked, before) => ask<void>((call) => ({ type: 'prune', call, acked, before })),
      room: () => ask<DiskRoom>((call) => ({ type: 'room', call })),
    },
    heard: (message) => {
      if (!('call' in message) || message.type === 'neighbour' || message.type === 'neighbour-lost') return
      const asked = waiting.get(message.call)
      waiting.delete(message.call)
      if (message.type === 'appended') asked?.resolve(message.reply as never)
      else if (message.type === 'read') asked?.resolve(message.records as never)
      else if (message.type === 'pruned') asked?.resolve(undefined as never)
      else if (message.type === 'room') asked?.resolve(message.room as never)
      else asked?.reject(new Error(message.message))
    },
  }
}
