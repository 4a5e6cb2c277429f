import { useEffect, useRef, useState } from 'react'
import type { CoreRefusal } from '../../shared/core-api.ts'
import type { TriedScan } from '../../shared/desktop-api.ts'
import { isForeignPayment, tellable } from '../../shared/identification/code.ts'
import { readScanData } from '../../shared/identification/scan-data.ts'
import { call, desktop } from '../components/desktop.ts'
import { currentTill } from '../components/till-store.ts'
import { divertScans, type WedgeScan } from '../wedge/scans.ts'
import { type Advice, adviceOnKeys, adviceOnPort, readable } from './advice.ts'

/** One scan as the settings show it. */
export interface Tried {
  readonly id: number
  readonly device: string | null
  readonly source: 'serial' | 'hid' | 'wedge'
  /** null: a payment card, of which nothing is shown. */
  readonly shown: {
    readonly raw: string
    readonly hex: string
    readonly end: string | null
    readonly layout: string | null
    readonly meanMs: number | null
    readonly symbology: string | null
    readonly code: string | null
    readonly means: Means | null
  } | null
  readonly advice: readonly Advice[]
}

/** What the programme makes of a code. */
export type Means =
  | { readonly kind: 'member'; readonly name: string | null; readonly card: string }
  | { readonly kind: 'refused'; readonly reason: CoreRefusal }

const SHOWN_MAX = 4
const SAY_AGAIN_MS = 10_000

/** While it is on, every scan comes here and none to the counter. */
export function useTrial(): {
  readonly on: boolean
  readonly turn: (on: boolean) => void
  readonly scans: readonly Tried[]
  /** Codes as they were read, for learning. */
  readonly codes: readonly {
    readonly source: Tried['source']
    readonly device: string | null
    readonly whole: string
  }[]
} {
  const [on, turn] = useState(false)
  const [scans, setScans] = useState<readonly Tried[]>([])
  const [codes, setCodes] = useState<ReturnType<typeof useTrial>['codes']>([])
  const nextId = useRef(1)

  useEffect(() => {
    if (!on) return
    setScans([])
    setCodes([])
    const api = desktop()
    const show = (tried: Omit<Tried, 'id'>, code: string | null) => {
      const id = nextId.current++
      setScans((before) => [{ ...tried, id }, ...before].slice(0, SHOWN_MAX))
      if (code === null) return
      void meaningOf(code).then((means) =>
        setScans((before) =>
          before.map((each) =>
            each.id === id && each.shown !== null ? { ...each, shown: { ...each.shown, means } } : each,
          ),
        ),
      )
    }
    const learn = (source: Tried['source'], device: string | null, whole: string) =>
      setCodes((before) => [...before, { source, device, whole }].slice(-20))

    const onKeys = (scan: WedgeScan) => {
      const advice = adviceOnKeys(scan, currentTill().settings!.wedge)
      if (isForeignPayment(scan.whole, []))
        return show({ device: null, source: 'wedge', shown: null, advice: [] }, null)
      learn('wedge', null, scan.whole)
      const { text, hex } = readable(hexOf(scan.whole))
      const shown = { raw: text, hex, end: scan.by, layout: null, meanMs: Math.round(scan.meanMs) }
      show({ device: null, source: 'wedge', shown: { ...shown, ...aboutCode(scan.code) }, advice }, scan.code)
    }
    const onPort = (scan: TriedScan) => {
      const { device, source, read } = scan
      const advice = adviceOnPort(scan)
      if (read === null) return show({ device, source, shown: null, advice }, null)
      const code = read.codes[0] ?? null
      if (code !== null) learn(source, device, code)
      const { text, hex } = readable(read.raw)
      const shown = { raw: text, hex, end: read.end, layout: read.layout, meanMs: null }
      show({ device, source, shown: { ...shown, ...aboutCode(code) }, advice }, code)
    }

    void api?.tryScanners(true)
    const again = setInterval(() => void api?.tryScanners(true), SAY_AGAIN_MS)
    const stopKeys = divertScans(onKeys)
    const stopPorts = api?.onEvent((event) => {
      if (event.type === 'tried') onPort(event.scan)
    })
    return () => {
      clearInterval(again)
      stopKeys()
      stopPorts?.()
      void api?.tryScanners(false)
    }
  }, [on])
  return { on, turn, scans, codes }
}

function aboutCode(code: string | null) {
  const read = code === null ? null : readScanData(code)
  return {
    symbology: read?.ok === true ? read.value.symbology : null,
    code: code === null ? null : tellable(code),
    means: null,
  }
}

async function meaningOf(code: string): Promise<Means> {
  const found = await call('members.find', { code })
  if (found.ok) return { kind: 'member', name: found.value.name, card: found.value.card }
  return { kind: 'refused', reason: found.reason }
}

const hexOf = (text: string): string =>
  [...new TextEncoder().encode(text)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
