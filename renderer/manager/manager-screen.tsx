import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type {
  CoreRefusal,
  QuarantineItem,
  ReceiptSummary,
  ShiftReport as Report,
  ShiftView,
} from '../../shared/core-api.ts'
import { ReceiptList } from '../cashier/receipt-list.tsx'
import { shareDone } from '../components/connection.tsx'
import { call } from '../components/desktop.ts'
import { useFormat } from '../components/format.ts'
import { useTill } from '../components/till-store.ts'
import { useCampaignWords } from '../words/campaigns.ts'
import { Campaigns } from './campaigns/campaigns.tsx'
import { forgetKept } from './campaigns/use-campaigns.ts'
import { Customers } from './customers/customers.tsx'
import { Choose } from './customers/parts.tsx'
import { PinPad } from './pin-pad.tsx'
import { ShiftFigures } from './shift-figures.tsx'
import { Quarantine, ShiftReport } from './shift-report.tsx'
import { SyncPanel } from './sync-panel.tsx'
import { Unlocked } from './unlocked.tsx'
import './campaigns/campaigns.css'
import './customers/customers.css'
import './manager.css'
import '../cashier/returns.css'

type Asking = 'open' | 'close'
type Place = 'shift' | 'customers' | 'campaigns'

/** The store manager's screen: the shift, what reached the cloud, and what did not. */
export function ManagerScreen() {
  const { t } = useTranslation()
  const shift = useTill((till) => till.state?.shift ?? null)
  const words = useCampaignWords()
  const [place, setPlace] = useState<Place>('shift')
  const [pin, setPin] = useState<string | null>(null)
  const [asking, setAsking] = useState<Asking | null>(null)
  const [busy, setBusy] = useState(false)
  const [refusal, setRefusal] = useState<CoreRefusal | null>(null)
  const [report, setReport] = useState<Report | null>(null)

  useEffect(() => forgetKept, [])

  /** Of the shift that was closed last; how far it agrees is asked anew. */
  const lookAgain = async () => {
    const reply = await call('shift.report', {})
    setRefusal(reply.ok ? null : reply.reason)
    if (reply.ok) setReport(reply.value)
  }
  const ask = (what: Asking) => {
    setRefusal(null)
    setReport(null)
    setAsking(what)
  }
  const withPin = async (pin: string) => {
    setBusy(true)
    setRefusal(null)
    const reply = asking === 'open' ? await call('shift.open', { pin }) : await call('shift.close', { pin })
    setBusy(false)
    if (!reply.ok) return setRefusal(reply.reason)
    setReport(asking === 'close' ? (reply.value as Report) : null)
    setAsking(null)
  }
  if (asking !== null && busy && asking === 'close') return <Closing />
  if (asking !== null)
    return (
      <main className="plain" data-testid="manager">
        <PinPad
          title={t(`manager.${asking}`)}
          busy={busy}
          refusal={refusal}
          onPin={withPin}
          onCancel={() => setAsking(null)}
        />
      </main>
    )
  if (place === 'customers')
    return (
      <main className="plain manager" data-testid="manager">
        <Places place={place} onGo={setPlace} />
        <Unlocked
          key="customers"
          name="customers"
          title={t('customers.unlock')}
          note={t('customers.openNote')}
          open={t('customers.open')}
          pin={pin}
          onPin={setPin}
        >
          {(given) => <Customers pin={given} />}
        </Unlocked>
      </main>
    )
  if (place === 'campaigns')
    return (
      <main className="plain manager" data-testid="manager">
        <Places place={place} onGo={setPlace} />
        <Unlocked
          key="campaigns"
          name="campaigns"
          title={words.title}
          note={words.openNote}
          open={words.open}
          pin={pin}
          onPin={setPin}
        >
          {(given) => <Campaigns pin={given} />}
        </Unlocked>
      </main>
    )
  return (
    <main className="plain manager" data-testid="manager">
      <Places place={place} onGo={setPlace} />
      {report === null ? (
        <Shift shift={shift} onAsk={ask} lastReport={lookAgain} hadNone={refusal === 'no_open_shift'} />
      ) : (
        <ShiftReport report={report} again={lookAgain} />
      )}
      {report !== null && shift === null && (
        <button type="button" className="btn" data-testid="shift-open" onClick={() => ask('open')}>
          {t('manager.open')}
        </button>
      )}
      <SyncPanel />
      {report === null && <SetAside />}
      <Receipts />
    </main>
  )
}

function Places({ place, onGo }: { readonly place: Place; readonly onGo: (place: Place) => void }) {
  const { t } = useTranslation()
  const words = useCampaignWords()
  return (
    <Choose
      label={t('customers.where')}
      name="manager"
      options={[
        { value: 'shift', text: t('customers.shiftTab') },
        { value: 'customers', text: t('customers.tab') },
        { value: 'campaigns', text: words.title },
      ]}
      value={place}
      onChoose={onGo}
    />
  )
}

interface ShiftProps {
  readonly shift: ShiftView | null
  readonly onAsk: (what: Asking) => void
  readonly lastReport: () => Promise<void>
  /** The last shift was asked for, and there was none. */
  readonly hadNone: boolean
}

function Shift({ shift, onAsk, lastReport, hadNone }: ShiftProps) {
  const { t } = useTranslation()
  const format = useFormat()
  if (shift === null)
    return (
      <section className="sheet report" data-testid="shift-none">
        <header>
          <h2>{t('manager.none')}</h2>
          <p className="soft">{t('manager.noneNote')}</p>
        </header>
        <LastReport ask={lastReport} hadNone={hadNone} />
        <button type="button" className="btn main book" data-testid="shift-open" onClick={() => onAsk('open')}>
          {t('manager.open')}
        </button>
      </section>
    )
  const by = shift.openedBy === 'sale' ? t('manager.openedBySale') : t('manager.openedBy', { who: shift.openedBy })
  return (
    <section className="sheet report" data-testid="shift-current">
      <header>
        <h2>{t('manager.title')}</h2>
        <p className="soft">
          {t('manager.openedAt', { time: format.dayTime(shift.openedAt) })}, {by}
        </p>
      </header>
      <ShiftFigures shift={shift} />
      <button type="button" className="btn main book" data-testid="shift-close" onClick={() => onAsk('close')}>
        {t('manager.close')}
      </button>
    </section>
  )
}

/** Whoever left the report, or closed without a network, comes back to it here. */
function LastReport({ ask, hadNone }: { readonly ask: () => Promise<void>; readonly hadNone: boolean }) {
  const { t } = useTranslation()
  const [busy, setBusy] = useState(false)
  const look = async () => {
    setBusy(true)
    await ask()
    setBusy(false)
  }
  if (hadNone)
    return (
      <p className="soft" role="status" data-testid="shift-no-report">
        {t('manager.noReport')}
      </p>
    )
  return (
    <button type="button" className="btn" data-testid="shift-last-report" disabled={busy} onClick={look}>
      {t(busy ? 'manager.checking' : 'manager.lastReport')}
    </button>
  )
}

/** While the shift closes: what is being sent, and how much of it is done. */
function Closing() {
  const { t } = useTranslation()
  const progress = useTill((till) => till.state?.link.progress ?? null)
  return (
    <main className="whole" data-testid="shift-closing" aria-busy>
      <h1>{t('manager.closing')}</h1>
      <div className="meter" aria-hidden>
        <i style={{ transform: `scaleX(${progress === null ? 0.1 : shareDone(progress)})` }} />
      </div>
      <p className="soft figure" role="status">
        {progress === null
          ? t('common.link.syncing')
          : `${t(`common.link.${progress.what}`)} ${progress.total === null ? progress.done : t('common.link.of', { done: progress.done, total: progress.total })}`}
      </p>
    </main>
  )
}

function SetAside() {
  const count = useTill((till) => till.state?.link.quarantined ?? 0)
  const [items, setItems] = useState<readonly QuarantineItem[]>([])
  useEffect(() => {
    if (count === 0) return setItems([])
    void call('quarantine.list', {}).then((reply) => reply.ok && setItems(reply.value))
  }, [count])
  if (items.length === 0) return null
  return (
    <section className="sheet report">
      <Quarantine items={items} />
    </section>
  )
}

function Receipts() {
  const { t } = useTranslation()
  const booked = useTill((till) => till.state?.shift?.receipts ?? 0)
  const unsent = useTill((till) => till.state?.link.unsent ?? 0)
  const [receipts, setReceipts] = useState<readonly ReceiptSummary[]>([])
  // biome-ignore lint/correctness/useExhaustiveDependencies: read again when something was booked or sent
  useEffect(() => {
    void call('receipts.recent', { limit: 100 }).then((reply) => reply.ok && setReceipts(reply.value))
  }, [booked, unsent])
  return (
    <section className="shift-receipts">
      <h2>{t('manager.shiftReceipts')}</h2>
      {receipts.length === 0 ? <p className="soft">{t('returns.empty')}</p> : <ReceiptList receipts={receipts} />}
    </section>
  )
}
