import { useCallback, useEffect, useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { BookingView } from '../../shared/core-api.ts'
import { call } from '../components/desktop.ts'
import { Keypad } from '../components/keypad.tsx'
import { currentTill, readNotice, say, type Till, useTill } from '../components/till-store.ts'
import { useKeys } from '../components/use-keys.ts'
import { Done } from './done.tsx'
import { EnrolForm } from './enrol-form.tsx'
import { focusOn, mayMoveFocus, placeId } from './focus.ts'
import { MemberPanel } from './member-panel.tsx'
import { MemberSearch } from './member-search.tsx'
import { PayBar } from './pay-bar.tsx'
import { PointsPanel } from './points-panel.tsx'
import { ReceiptPanel } from './receipt-panel.tsx'
import { RewardsRow } from './rewards-row.tsx'
import { Say } from './say.tsx'
import { SecondFactor } from './second-factor.tsx'
import { useSale } from './use-sale.ts'
import './cashier.css'

/** How long Esc waits for the second one that clears a receipt. */
const SURE_MS = 3000

/** The one screen of the cashier: who, how much, points, booked. */
export function CashierScreen() {
  const { t } = useTranslation()
  const member = useTill((till) => till.state?.member ?? till.state?.quote?.member ?? null)
  const unknownCard = useTill((till) => till.state?.unknownCard ?? null)
  const stranger = useTill((till) => till.state?.stranger?.card ?? null)
  const booked = useTill(doneOf)
  /** Its money goes back: it stays on the screen until somebody has read how much, whoever comes meanwhile. */
  const [voiding, setVoiding] = useState<BookingView | null>(null)
  const done = voiding ?? booked
  const [enrolling, setEnrolling] = useState<string | null>(null)
  const [clearArmed, setClearArmed] = useState(false)
  const [code, setCode] = useState<string | null>(null)
  const [showing, setShowing] = useState(false)
  const sale = useSale()
  const { quote, clear } = sale
  const enrols = member === null && done === null && (unknownCard !== null || enrolling !== null)

  const next = useCallback(() => {
    setEnrolling(null)
    setClearArmed(false)
    setVoiding(null)
    const hasOther = voiding !== null && doneOf(currentTill()) === null
    if (!hasOther) clear()
  }, [clear, voiding])
  const release = useCallback(() => {
    readNotice()
    setEnrolling(null)
    void call('desk.release', {}).then((reply) => !reply.ok && say(reply.reason))
  }, [])
  const enrol = useCallback((phone: string) => setEnrolling(phone), [])
  const endEnrol = useCallback(() => setEnrolling(null), [])
  const askCoupon = useCallback(() => setCode(''), [])
  const askSurer = useCallback(() => setShowing(true), [])
  const endSurer = useCallback(() => {
    setShowing(false)
    requestAnimationFrame(() => focusOn('points'))
  }, [])
  const skipMember = useCallback(() => focusOn('amount'), [])

  // Each step has one field that the cashier needs next. A receipt being typed does not move the focus.
  const hasMember = member !== null
  const quoteId = quote?.id ?? null
  // biome-ignore lint/correctness/useExhaustiveDependencies: a code belongs to the receipt for which it was begun
  useEffect(() => {
    setCode(null)
    setShowing(false)
  }, [quoteId])
  const registerReceipt = quote?.from === 'register' ? quote.receipt.id : null
  useEffect(() => {
    if (done !== null) return focusOn('next')
    if (enrols || !mayMoveFocus()) return
    const hasReceipt = registerReceipt !== null || currentTill().state?.quote != null
    if (hasMember) focusOn(hasReceipt ? 'points' : 'amount')
    else focusOn(hasReceipt && registerReceipt === null ? 'amount' : 'member')
  }, [done, enrols, hasMember, registerReceipt])

  useEffect(() => {
    if (!clearArmed) return
    const timer = setTimeout(() => setClearArmed(false), SURE_MS)
    return () => clearTimeout(timer)
  }, [clearArmed])

  const onEscape = () => {
    if (showing) return endSurer()
    const { state, refusal } = currentTill()
    if (done !== null) return next()
    if (enrols) return release()
    if (refusal !== null || (state?.notice != null && state.notice.id !== currentTill().noticeRead)) return readNotice()
    if (quote === null && sale.amount === '' && sale.lines === null)
      return member === null ? focusOn('member') : release()
    if (code !== null) return setCode(null)
    if (clearArmed) return next()
    setClearArmed(true)
  }
  const fresh = (place: 'member' | 'amount') => {
    if (done === null) return focusOn(place) // at once: the next key that is pressed belongs there
    next()
    requestAnimationFrame(() => focusOn(place)) // the field comes with the next customer
  }
  useKeys({
    F2: () => {
      if (done === null && member !== null && quote === null) release()
      fresh('member')
    },
    F3: () => fresh('amount'),
    F4: () => focusOn('points'),
    F6: () => {
      if (done !== null) next()
      if (currentTill().state?.member == null || done !== null) setEnrolling('')
    },
    Escape: onEscape,
    Enter: (event) => {
      // A button or a field that has the focus answers for itself.
      if (event.target !== document.body || showing) return false
      if (done !== null) next()
      else if (quote?.from === 'screen') sale.book()
    },
  })

  const home = useCallback(() => {
    const id = placeId(
      quote !== null && member !== null ? 'points' : member === null && quote === null ? 'member' : 'amount',
    )
    return document.getElementById(id) as HTMLInputElement | null
  }, [quote, member])
  const { redeemAll, redeemNone } = sale
  const nothing = quote === null || quote.redeemable === '0.00'
  const side = useMemo(
    () =>
      [
        <button
          key="all"
          type="button"
          tabIndex={-1}
          className="side"
          data-testid="key-all"
          disabled={nothing}
          onClick={redeemAll}
        >
          {t('cashier.redeem.all')}
        </button>,
        <button
          key="none"
          type="button"
          tabIndex={-1}
          className="side"
          data-testid="key-none"
          disabled={nothing}
          onClick={redeemNone}
        >
          {t('cashier.redeem.none')}
        </button>,
      ] as const,
    [nothing, redeemAll, redeemNone, t],
  )

  if (done !== null)
    return (
      <main className="desk isdone" data-testid="cashier">
        <Done key={done.receipt} booking={done} onVoiding={setVoiding} onNext={next} />
        <Say clearArmed={false} />
      </main>
    )
  if (enrols)
    return (
      <main className="desk enrols" data-testid="cashier">
        <EnrolForm
          key={unknownCard ?? stranger ?? ''}
          card={unknownCard ?? stranger}
          phone={enrolling ?? ''}
          onDone={endEnrol}
          onSkip={release}
        />
        <Keypad home={noHome} side={NO_SIDE} />
      </main>
    )
  if (showing && quote !== null)
    return (
      <main className="desk shows" data-testid="cashier">
        <SecondFactor quote={quote.id} onEnd={endSurer} />
      </main>
    )
  return (
    <main className="desk" data-testid="cashier">
      <div className="left">
        {member === null ? (
          <MemberSearch onEnrol={enrol} onSkip={skipMember} />
        ) : (
          <MemberPanel member={member} onRelease={release} />
        )}
        <Say clearArmed={clearArmed} />
        <ReceiptPanel
          quote={quote}
          amount={sale.amount}
          amountIsBad={sale.amountIsBad}
          lines={sale.lines}
          typeAmount={sale.typeAmount}
          editLines={sale.editLines}
          acceptAmount={sale.acceptAmount}
        />
        {quote !== null && <RewardsRow quote={quote} code={code} setCode={setCode} />}
      </div>
      <div className="right">
        <PointsPanel
          quote={quote}
          points={sale.points}
          pointsProblem={sale.pointsProblem}
          typePoints={sale.typePoints}
          acceptPoints={sale.acceptPoints}
          askCoupon={askCoupon}
          askSurer={askSurer}
        />
        <Keypad home={home} side={side} />
      </div>
      <PayBar quote={quote} unsettled={sale.unsettled} booking={sale.booking} canBook={sale.canBook} book={sale.book} />
    </main>
  )
}

const noHome = () => document.getElementById('enrol-phone') as HTMLInputElement | null
const NO_SIDE = [<span key="a" />, <span key="b" />] as const

/** The last booking, as long as nobody else has come to the counter. */
function doneOf({ state }: Till) {
  if (state == null || state.booked === null || state.unknownCard !== null) return null
  if (state.quote !== null && (state.quote.state === 'open' || state.quote.state === 'held')) return null
  const newcomer = state.member !== null && state.member.id !== state.booked.member?.id
  return newcomer ? null : state.booked
}
