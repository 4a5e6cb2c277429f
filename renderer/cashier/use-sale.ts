import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import type { QuoteView, ReceiptLineInput } from '../../shared/core-api.ts'
import { amountText, flooredTo, hundredths, typedAmount } from '../components/amounts.ts'
import { call } from '../components/desktop.ts'
import { currentTill, readNotice, say, useTill } from '../components/till-store.ts'
import { useLater } from '../components/use-later.ts'
import { focusOn } from './focus.ts'

/** A line as it is being typed. */
export interface LineDraft {
  readonly id: string
  readonly name: string
  readonly category: string
  readonly amount: string
}

export type PointsProblem =
  | { readonly kind: 'bad' }
  | { readonly kind: 'tooMany'; readonly allowed: string }
  | { readonly kind: 'notStep'; readonly allowed: string }

/** What is being typed for the sale on the screen, and what may be done with it. The core's state stays the truth. */
export interface Sale {
  readonly quote: QuoteView | null
  readonly amount: string
  readonly amountIsBad: boolean
  readonly lines: readonly LineDraft[] | null
  readonly points: string | null
  readonly pointsProblem: PointsProblem | null
  /** Something typed has not been quoted yet. */
  readonly unsettled: boolean
  readonly booking: boolean
  readonly canBook: boolean
  readonly typeAmount: (text: string) => void
  readonly editLines: (lines: readonly LineDraft[] | null) => void
  readonly typePoints: (text: string) => void
  readonly redeemAll: () => void
  readonly redeemNone: () => void
  /** Enter in a field: takes what was typed and goes on to the next step; books where nothing is left to do. */
  readonly acceptAmount: () => void
  readonly acceptPoints: () => void
  readonly book: () => void
  readonly clear: () => void
}

const PAUSE_MS = 250

/** The typed side of the cashier's screen. */
export function useSale(): Sale {
  const quote = useTill((till) => till.state?.quote ?? null)
  const step = useTill((till) => till.state?.programme?.step ?? '0.01')
  const [amount, setAmount] = useState('')
  const [lines, setLines] = useState<readonly LineDraft[] | null>(null)
  const [points, setPoints] = useState<string | null>(null)
  const [unsentLines, setUnsentLines] = useState(false)
  const [booking, setBooking] = useState(false)
  const [goesOn, setGoesOn] = useState(false)
  const linesLater = useLater(PAUSE_MS)
  const { drop: dropLines } = linesLater
  const pointsLater = useLater(PAUSE_MS)
  const keys = useRef(new Map<string, string>())
  const lastLines = useRef<readonly ReceiptLineInput[] | null>(null)

  // A quote that went away by itself (booked, cancelled, cleared) takes along what was typed for it.
  const quoteId = quote?.id ?? null
  const quoteBefore = useRef<string | null>(null)
  const typed = useRef(false)
  typed.current = linesOf(lines, amount).length > 0
  useEffect(() => {
    setPoints(null)
    if (quoteId === null && quoteBefore.current !== null && typed.current) {
      setAmount('')
      setLines(null)
      setUnsentLines(false)
      dropLines()
    }
    quoteBefore.current = quoteId
  }, [quoteId, dropLines])

  const sendLines = useCallback(
    (next: readonly ReceiptLineInput[]) => {
      setUnsentLines(true)
      lastLines.current = next
      linesLater.soon(async () => {
        const reply = await call('desk.lines', { lines: [...next] })
        // The answer to what stood there before says nothing of what stands there now.
        if (lastLines.current === next) setUnsentLines(false)
        say(reply.ok ? null : reply.reason)
      })
    },
    [linesLater],
  )
  const typeAmount = useCallback(
    (text: string) => {
      setAmount(text)
      setGoesOn(false)
      if (text.trim() === '' || typedAmount(text) !== undefined) sendLines(linesOf(null, text))
      else linesLater.drop()
    },
    [sendLines, linesLater],
  )
  const editLines = useCallback(
    (next: readonly LineDraft[] | null) => {
      setLines(next)
      if (next === null || next.every((line) => line.amount === '' || typedAmount(line.amount) !== undefined))
        sendLines(linesOf(next, ''))
      if (next === null) setAmount('')
    },
    [sendLines],
  )

  const sendPoints = useCallback(async (text: string) => {
    const asked = typedAmount(text === '' ? '0' : text)
    const now = currentTill().state
    if (asked === undefined || now?.quote == null) return
    if (problemOf(text, now.quote, now.programme?.step ?? '0.01') !== null) return
    if (asked === hundredths(now.quote.redeem)) return
    const reply = await call('desk.redeem', { points: amountText(asked) })
    say(reply.ok ? null : reply.reason)
  }, [])
  const typePoints = useCallback(
    (text: string) => {
      setPoints(text)
      pointsLater.soon(() => sendPoints(text))
    },
    [pointsLater, sendPoints],
  )
  const redeem = useCallback(
    (text: string) => {
      setPoints(null)
      pointsLater.soon(() => sendPoints(text))
      void pointsLater.now()
    },
    [pointsLater, sendPoints],
  )

  const pointsProblem = points === null || quote === null ? null : problemOf(points, quote, step)
  const pointsUnsent =
    points !== null && quote !== null && typedAmount(points === '' ? '0' : points) !== hundredths(quote.redeem)
  const unsettled = unsentLines || pointsUnsent
  const amountIsBad = lines === null && amount.trim() !== '' && typedAmount(amount) === undefined
  const isOpen = quote !== null && (quote.state === 'open' || quote.state === 'held')
  const canBook = isOpen && !unsettled && !amountIsBad && pointsProblem === null && !booking

  // Enter on the amount leads on as soon as the next step can be taken.
  useEffect(() => {
    if (!goesOn || !canBook) return
    setGoesOn(false)
    focusOn(currentTill().state?.member == null ? 'book' : 'points')
  }, [goesOn, canBook])

  const book = useCallback(async () => {
    const now = currentTill().state?.quote
    if (now == null || booking) return
    setBooking(true)
    // One key for each quote: pressing again after a failure can never book twice.
    const idempotencyKey = keys.current.get(now.id) ?? crypto.randomUUID()
    keys.current.set(now.id, idempotencyKey)
    const reply = await call('desk.commit', { idempotencyKey })
    setBooking(false)
    if (reply.ok) {
      readNotice()
      keys.current.clear()
    } else say(reply.reason)
  }, [booking])

  const clear = useCallback(() => {
    linesLater.drop()
    pointsLater.drop()
    setAmount('')
    setLines(null)
    setPoints(null)
    setUnsentLines(false)
    readNotice()
    void call('desk.clear', {}).then((reply) => {
      if (!reply.ok) say(reply.reason)
    })
  }, [linesLater, pointsLater])

  return useMemo(
    () => ({
      quote,
      amount,
      amountIsBad,
      lines,
      points,
      pointsProblem,
      unsettled,
      booking,
      canBook,
      typeAmount,
      editLines,
      typePoints,
      redeemAll: () => quote !== null && redeem(quote.redeemable),
      redeemNone: () => redeem('0.00'),
      acceptAmount: () => {
        setGoesOn(true)
        void linesLater.now()
      },
      acceptPoints: () => {
        // A register books its own receipt: Enter only settles the points.
        if (canBook && quote?.from === 'screen') void book()
        else void pointsLater.now()
      },
      book: () => canBook && void book(),
      clear,
    }),
    [
      quote,
      amount,
      amountIsBad,
      lines,
      points,
      pointsProblem,
      unsettled,
      booking,
      canBook,
      typeAmount,
      editLines,
      typePoints,
      redeem,
      linesLater,
      pointsLater,
      book,
      clear,
    ],
  )
}

/** What is typed as lines the core can quote; unfinished ones are left out. */
function linesOf(lines: readonly LineDraft[] | null, amount: string): ReceiptLineInput[] {
  const drafts = lines ?? [{ id: '1', name: '', category: '', amount }]
  return drafts.flatMap((line) => {
    const worth = typedAmount(line.amount)
    if (worth === undefined || worth === 0n) return []
    return [
      {
        id: line.id,
        amount: amountText(worth),
        ...(line.name.trim() === '' ? {} : { name: line.name.trim() }),
        ...(line.category === '' ? {} : { category: line.category }),
      },
    ]
  })
}

/** Said at the field before the core has to refuse it. */
function problemOf(text: string, quote: QuoteView, step: string): PointsProblem | null {
  const asked = typedAmount(text === '' ? '0' : text)
  if (asked === undefined) return { kind: 'bad' }
  const most = hundredths(quote.redeemable)
  if (asked > most) return { kind: 'tooMany', allowed: quote.redeemable }
  const floored = flooredTo(asked, hundredths(step))
  return floored === asked ? null : { kind: 'notStep', allowed: amountText(floored) }
}
