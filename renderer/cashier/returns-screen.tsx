import { Skeleton } from '@mantine/core'
import { useCallback, useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { CoreRefusal, ReceiptSummary } from '../../shared/core-api.ts'
import type { ReceiptId } from '../../shared/ids.ts'
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
  const [looking, setLooking] = useState(false)
  const [elsewhere, setElsewhere] = useState<readonly ReceiptSummary[] | null>(null)
  const [refusal, setRefusal] = useState<{ reason: CoreRefusal; till: string | null } | null>(null)
  const words = search.trim()

  useEffect(() => {
    if (chosen !== null) return
    let gone = false
    setElsewhere(null)
    setRefusal(null)
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

  const lookEverywhere = async () => {
    if (looking || words === '') return
    setLooking(true)
    setRefusal(null)
    const reply = await call('receipts.find', { receipt: words as ReceiptId })
    setLooking(false)
    if (!reply.ok) {
      const till = (reply.detail as { till?: string | null } | undefined)?.till ?? null
      return setRefusal({ reason: reply.reason, till })
    }
    const [only] = reply.value
    if (reply.value.length === 1 && only?.returned !== 'whole') setChosen(only!)
    else setElsewhere(reply.value)
  }
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
            else if (receipts.length === 0) void lookEverywhere()
          }}
        />
      </label>
      {receipts === null ? (
        <Skeleton height={220} />
      ) : elsewhere !== null ? (
        <Elsewhere receipt={words} receipts={elsewhere} onChoose={setChosen} />
      ) : receipts.length === 0 ? (
        <div className="whole" data-testid="returns-empty">
          <h1>{words === '' ? t('returns.empty') : t('returns.notFound')}</h1>
          {words === '' && <p className="soft">{t('returns.emptyNote')}</p>}
        </div>
      ) : (
        <ReceiptList receipts={receipts} onChoose={setChosen} />
      )}
      {refusal !== null && (
        <p className="say" data-tone="bad" role="alert" data-testid="notice" data-reason={refusal.reason}>
          {refusal.till === null ? t(`notices.${refusal.reason}`) : t('returns.seller', { till: refusal.till })}
        </p>
      )}
      {words !== '' && receipts !== null && elsewhere === null && (
        <button
          type="button"
          className="btn main everywhere"
          data-testid="returns-everywhere"
          disabled={looking}
          onClick={() => void lookEverywhere()}
        >
          {looking ? t('returns.looking') : t('returns.everywhere', { receipt: words })}
        </button>
      )}
    </main>
  )
}

/** What other tills have sold under that number. */
function Elsewhere({
  receipt,
  receipts,
  onChoose,
}: {
  readonly receipt: string
  readonly receipts: readonly ReceiptSummary[]
  readonly onChoose: (receipt: ReceiptSummary) => void
}) {
  const { t } = useTranslation()
  if (receipts.length > 0) return <ReceiptList receipts={receipts} onChoose={onChoose} withOutlet />
  return (
    <div className="whole" data-testid="returns-nowhere" role="status">
      <h1>{t('returns.nowhere', { receipt })}</h1>
    </div>
  )
}
