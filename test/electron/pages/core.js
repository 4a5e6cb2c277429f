// A core that answers every call with what it was asked, and a worker that speaks to the cloud.
const worker = new Worker('./worker.js', { type: 'module' })
const { core } = window.bonusbook
core.onRequest(({ id, method, params }) => {
  if (params?.code === 'SILENCE') window.isOwing = true
  if (method === 'quarantine.list' || params?.code === 'SILENCE') return // never answered
  if (method === 'sync.now') {
    worker.onmessage = ({ data }) => core.reply(id, { ok: true, value: data })
    worker.postMessage({ path: '/cloud/pull', body: JSON.stringify({ cursor: null, limit: 1 }) })
    return
  }
  if (method === 'scans.take') core.emit({ type: 'scan', code: params.code, source: params.source })
  core.reply(id, { ok: true, value: { method, params } })
})
const boot = await core.ready()
await core.appendJournal([{ epoch: 1, seq: 1, text: JSON.stringify(boot) }])
