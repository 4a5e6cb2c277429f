import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { shareDone, useLinkWords } from '../components/connection.tsx'
import { call } from '../components/desktop.ts'
import { useFormat } from '../components/format.ts'
import { useTill } from '../components/till-store.ts'

/** How the link is, and the button that asks it now. */
export function SyncPanel() {
  const { t } = useTranslation()
  const format = useFormat()
  const words = useLinkWords()
  const link = useTill((till) => till.state?.link ?? null)
  const [busy, setBusy] = useState(false)
  if (link === null) return null
  const sync = async () => {
    setBusy(true)
    await call('sync.now', {})
    setBusy(false)
  }
  return (
    <section className="sheet sync" data-testid="sync-panel">
      <div>
        <p>{words(link)}</p>
        <p className="soft">
          {link.lastContactAt === null
            ? t('manager.neverContact')
            : t('manager.lastContact', { time: format.dayTime(link.lastContactAt) })}
        </p>
        {(busy || link.syncing) && link.progress !== null && (
          <div className="meter" aria-hidden>
            <i style={{ transform: `scaleX(${shareDone(link.progress)})` }} />
          </div>
        )}
      </div>
      <button type="button" className="btn" data-testid="sync-now" disabled={busy} onClick={sync}>
        {t(busy ? 'manager.syncing' : 'manager.sync')}
      </button>
    </section>
  )
}
