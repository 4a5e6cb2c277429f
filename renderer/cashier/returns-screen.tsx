import { Skeleton } from '@mantine/core'
import { useCallback, useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { CoreRefusal, ReceiptSummary } from '../../shared/core-api.ts'
import type { ReceiptId } from '../../shared/ids.ts'
import { call } from '../components/desktop.ts'
import { currentTill, readNotice, receiptTaken, useTill } from '../components/till-store.ts'
import { ReceiptList } from './receipt-list.tsx'
import { ReturnReceipt } from './return-receipt.tsx'
import './returns.css'

const PAUSE_MS = 150
const SEARCH_MAX = 100

/** Returns: the recent receipts, found by number, card or name; then what comes back. */
export function ReturnsScreen({ onCashier }: { readonly onCashier: () => void }) {
  const { t } = useTranslation()
  const [search, setSearch] = useState('')
  const [receipts, setReceipts] = useState<readonly ReceiptSummary[] | null>(null)
  const [chosen, setChosen] = useState<ReceiptSummary | null>(null)
  const [looking, setLooking] = useState(false)
  const [elsewhere, setElsewhere] = useState<readonly ReceiptSummary[] | null>(null)
  const [refusal, setRefusal] = useState<{ reason: CoreRefusal; till: string | null } | null>(null)
  const noticeBefore = useRef(currentTill().state?.notice?.id)
  const notice = useTill(({ state, noticeRead }) => {
    const said = state?.notice ?? null
    return said === null || said.id === noticeRead || said.id === noticeBefore.current ? null : said.reason
  })
  const said = refusal ?? (notice === null ? null : { reason: notice, till: null })
  const words = search.trim()
  const latest = useRef('')
  latest.current = words

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
          setRefusal({ reason: reply.reason, till: null })
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

  const lookEverywhere = useCallback(async (words: string) => {
    if (words === '') return
    setLooking(true)
    setRefusal(null)
    const reply = await call('receipts.find', { receipt: words as ReceiptId })
    setLooking(false)
    if (latest.current !== words) return // somebody has typed on, or scanned another
    if (!reply.ok) {
      const till = (reply.detail as { till?: string | null } | undefined)?.till ?? null
      return setRefusal({ reason: reply.reason, till })
    }
    const [only] = reply.value
    if (reply.value.length === 1 && only?.returned !== 'whole') setChosen(only!)
    else setElsewhere(reply.value)
  }, [])

  // A receipt that is scanned opens at once, from wherever in the network it is; also the next one behind it.
  const scan = useTill((till) => till.receiptScan)
  useEffect(() => {
    if (scan === null) return
    receiptTaken()
    if (currentTill().paysOut) return
    const receipt = scan.receipt.slice(0, SEARCH_MAX)
    latest.current = receipt
    readNotice()
    setChosen(null)
    setSearch(receipt)
    void call('receipts.recent', { limit: 50, search: receipt }).then((reply) => {
      if (latest.current !== receipt || !reply.ok) return
      const own = reply.value.find((each) => each.receipt === receipt && each.returned !== 'whole')
      if (own !== undefined) setChosen(own)
      else if (reply.value.length === 0) void lookEverywhere(receipt)
    })
  }, [scan, lookEverywhere])

  const again = useCallback(() => {
    setChosen(null)
    setSearch('')
  }, [])
  if (chosen !== null)
    return (
      <ReturnReceipt key={`${chosen.outlet} ${chosen.receipt}`} receipt={chosen} onBack={again} onCashier={onCashier} />
    )
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
          maxLength={SEARCH_MAX}
          value={search}
          onChange={(event) => {
            readNotice()
            setSearch(event.target.value)
          }}
          onKeyDown={(event) => {
            if (event.key !== 'Enter' || receipts === null) return
            const first = receipts.find((receipt) => receipt.returned !== 'whole')
            if (first !== undefined) setChosen(first)
            else if (receipts.length === 0 && !looking) void lookEverywhere(words)
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
      {said !== null && (
        <p className="say" data-tone="bad" role="alert" data-testid="notice" data-reason={said.reason}>
          {said.till === null ? t(`notices.${said.reason}`) : t('returns.seller', { till: said.till })}
        </p>
      )}
      {words !== '' && receipts !== null && elsewhere === null && (
        <button
          type="button"
          className="btn main everywhere"
          data-testid="returns-everywhere"
          disabled={looking}
          onClick={() => void lookEverywhere(words)}
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
