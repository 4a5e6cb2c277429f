import { Skeleton } from '@mantine/core'
import { useCallback, useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { ReceiptSummary } from '../../shared/core-api.ts'
import { call } from '../components/desktop.ts'
import { say } from '../components/till-store.ts'
import { ReceiptList } from './receipt-list.tsx'
import { ReturnReceipt } from './return-receipt.tsx'
import './returns.css'

const PAUSE_MS = 150

/** Returns: the recent receipts, found by number, card or name; then what comes back. */
export function ReturnsScreen({ onCashier }: { readonly onCashier: () => void }) {
  const { t } = useTranslation()
  const [search, setSearch] = useState('')
  const [receipts, setReceipts] = useState<readonly ReceiptSummary[] | null>(null)
  const [chosen, setChosen] = useState<ReceiptSummary | null>(null)

  useEffect(() => {
    if (chosen !== null) return
    let gone = false
    const timer = setTimeout(
      async () => {
        const words = search.trim()
        const reply = await call('receipts.recent', { limit: 50, ...(words === '' ? {} : { search: words }) })
        if (gone) return
        if (reply.ok) setReceipts(reply.value)
        else {
          say(reply.reason)
          setReceipts([])
        }
      },
      search === '' ? 0 : PAUSE_MS,
    )
    return () => {
      gone = true
      clearTimeout(timer)
    }
  }, [search, chosen])

  const again = useCallback(() => {
    setChosen(null)
    setSearch('')
  }, [])
  if (chosen !== null) return <ReturnReceipt receipt={chosen} onBack={again} onCashier={onCashier} />
  return (
    <main className="plain returns" data-testid="returns">
      <label className="find">
        <span className="sr">{t('returns.search')}</span>
        <input
          // biome-ignore lint/a11y/noAutofocus: the one thing to do on this screen
          autoFocus
          type="text"
          data-testid="returns-search"
          placeholder={t('returns.search')}
          autoComplete="off"
          maxLength={100}
          value={search}
          onChange={(event) => setSearch(event.target.value)}
          onKeyDown={(event) => {
            if (event.key !== 'Enter' || receipts === null) return
            const first = receipts.find((receipt) => receipt.returned !== 'whole')
            if (first !== undefined) setChosen(first)
          }}
        />
      </label>
      {receipts === null ? (
        <Skeleton height={220} />
      ) : receipts.length === 0 ? (
        <div className="whole" data-testid="returns-empty">
          <h1>{search === '' ? t('returns.empty') : t('returns.notFound')}</h1>
          {search === '' && <p className="soft">{t('returns.emptyNote')}</p>}
        </div>
      ) : (
        <ReceiptList receipts={receipts} onChoose={setChosen} />
      )}
    </main>
  )
}
