import type { DesktopApi } from '../../shared/desktop-api.ts'
import type { ToPage, ToWorker } from './messages.ts'

/** The hidden page around the core's Worker: passes its words to main and back, and asks that its data be kept. */

const { core } = (globalThis as unknown as { readonly bonusbook: DesktopApi }).bonusbook
const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module', name: 'till core' })
const asked = new Map<number, { readonly method: string; readonly start: number }>()
const MEASURES_MAX = 10_000
let measures = 0
const say = (message: ToWorker) => worker.postMessage(message)

worker.onmessage = ({ data }: MessageEvent<ToPage>) => {
  switch (data.type) {
    case 'loaded':
      void start()
      return
    case 'reply':
      measured(data.id)
      core.reply(data.id, data.reply)
      return
    case 'emit':
      core.emit(data.event)
      return
    case 'copied':
      performance.measure('two copies', { end: performance.now(), duration: data.ms })
      return
    case 'neighbour':
      ;(core[data.method] as (...params: readonly unknown[]) => Promise<unknown>)(...data.params).then(
        (value) => say({ type: 'neighbour', call: data.call, value }),
        (error) => say({ type: 'neighbour-lost', call: data.call, message: String(error) }),
      )
      return
    case 'append':
      core.appendJournal(data.records).then(
        (reply) => say({ type: 'appended', call: data.call, reply }),
        (error) => say({ type: 'journal-lost', call: data.call, message: String(error) }),
      )
      return
    case 'read':
      core.readJournal(data.epoch, data.fromSeq, data.limit).then(
        (records) => say({ type: 'read', call: data.call, records }),
        (error) => say({ type: 'journal-lost', call: data.call, message: String(error) }),
      )
      return
    case 'prune':
      core.pruneJournal(data.acked, data.before).then(
        () => say({ type: 'pruned', call: data.call }),
        (error) => say({ type: 'journal-lost', call: data.call, message: String(error) }),
      )
      return
    case 'room':
      core.diskRoom().then(
        (room) => say({ type: 'room', call: data.call, room }),
        (error) => say({ type: 'journal-lost', call: data.call, message: String(error) }),
      )
  }
}
worker.onerror = (event) => console.error('the core threw', event.message)

core.onRequest((request) => {
  asked.set(request.id, { method: request.method, start: performance.now() })
  say({ type: 'request', request })
})
addEventListener('online', () => say({ type: 'hurry' }))

/** How long the core took for a call, for whoever looks with the browser's own tools. */
function measured(id: number): void {
  const call = asked.get(id)
  asked.delete(id)
  if (call === undefined) return
  if (++measures % MEASURES_MAX === 0) performance.clearMeasures()
  performance.measure(call.method, { start: call.start })
}

async function start(): Promise<void> {
  // Browsers may drop an origin's data under pressure unless it was asked to stay.
  const kept = await navigator.storage.persist().catch(() => false)
  if (!kept) console.warn('the browser does not promise to keep the data; the journal is the other copy')
  say({ type: 'boot', boot: await core.ready() })
}
