import { insertInto, selectionOf, textField, writeField } from '../components/fields.ts'
import type { WedgeScan } from './scans.ts'
import { EARLY_MAX, IDLE, press, releaseAlt, silence, silenceMs, type WedgeSettings, type WedgeStep } from './wedge.ts'

export interface WedgeOptions {
  /** Asked at every key, so that a changed setting counts at once. */
  readonly settings: () => WedgeSettings
  readonly onScan: (scan: WedgeScan) => void
}

/**
 * Tells whoever listens to keys without a text field that the keys of a scan have reached it, to be taken back:
 * `detail` is what they wrote.
 */
export const SCAN_LEAKED = 'bonusbook:scan-leaked'

/**
 * Listens for keyboard-wedge scanners in a window, before anybody else. Until a scan is recognised its keys reach the
 * page, since a cashier's typing must never wait; then every text field is put back to what the cashier had typed.
 */
export function listenForScans(target: Window, options: WedgeOptions): () => void {
  const { document, performance } = target
  let state = IDLE
  let timer: ReturnType<typeof setTimeout> | undefined
  let lateMs = 0
  let composes = false
  let remembered = new Map<number, Snapshot>()
  let back: Snapshot | null = null
  const swallowedKeys = new Set<string>()

  const apply = (step: WedgeStep): void => {
    state = step.state
    for (const action of step.actions) {
      switch (action.kind) {
        case 'remember':
          remembered.set(action.id, snapshotOf(document))
          remembered = new Map([...remembered].slice(-EARLY_MAX))
          break
        case 'restore':
          back = remembered.get(action.id) ?? null
          if (back === null) break
          back.typedInto = textField(document.activeElement)
          // An input method holds what is being composed; leaving the field is what ends it.
          if (composes && document.activeElement instanceof HTMLElement) document.activeElement.blur()
          restore(back, composes)
          if (action.leaked !== '') target.dispatchEvent(new CustomEvent(SCAN_LEAKED, { detail: action.leaked }))
          break
        case 'scanned':
          options.onScan(action.scan)
          break
        case 'giveBack':
          if (back !== null) restore(back, false)
          giveBack(back?.typedInto ?? textField(document.activeElement), action.text)
          back = null
          break
      }
    }
    clearTimeout(timer)
    if (state.phase === 'scan') {
      expectSilence()
      return
    }
    if (back !== null) restore(back, false)
    back = null
    if (state.phase === 'idle') {
      remembered.clear()
      composes = false
    }
  }

  /** Keys that come late (a busy machine, a stalled page) may have others right behind them: wait as much longer. */
  const expectSilence = (): void => {
    const waitMs = silenceMs(state) + 5 + 2 * lateMs
    const due = performance.now() + waitMs
    timer = setTimeout(() => {
      const isLate = performance.now() - due > STALLED_MS
      if (isLate || inputWaits(target)) {
        lateMs = 0
        timer = setTimeout(() => apply(silence(state, performance.now(), options.settings())), STALLED_MS)
      } else apply(silence(state, performance.now(), options.settings()))
    }, waitMs)
  }

  const block = (event: Event): void => {
    event.preventDefault()
    event.stopImmediatePropagation()
  }

  const onKeyDown = (event: KeyboardEvent): void => {
    if (!event.isTrusted) return
    if (event.repeat) {
      if (state.phase === 'scan') block(event)
      return
    }
    lateMs = Math.max(0, performance.now() - event.timeStamp)
    composes ||= event.isComposing || event.key === 'Process'
    const step = press(
      state,
      {
        code: event.code,
        key: event.key,
        shift: event.shiftKey,
        ctrl: event.ctrlKey,
        alt: event.altKey,
        meta: event.metaKey,
        at: event.timeStamp,
      },
      options.settings(),
    )
    if (step.swallow) {
      block(event)
      swallowedKeys.add(event.code)
    } else swallowedKeys.delete(event.code)
    apply(step)
  }

  const onKeyUp = (event: KeyboardEvent): void => {
    if (!event.isTrusted) return
    if (event.code.startsWith('Alt')) apply(releaseAlt(state, event.timeStamp, options.settings()))
    // A button is pressed by Space going up, so what was swallowed going down is swallowed coming up.
    if (swallowedKeys.delete(event.code)) block(event)
  }

  /** Characters that the system itself makes of Alt codes come without a key that could be stopped. */
  const onBeforeInput = (event: InputEvent): void => {
    if (event.isTrusted && state.phase === 'scan') block(event)
  }

  const capture = { capture: true }
  target.addEventListener('keydown', onKeyDown, capture)
  target.addEventListener('keyup', onKeyUp, capture)
  target.addEventListener('beforeinput', onBeforeInput as EventListener, capture)
  return () => {
    clearTimeout(timer)
    target.removeEventListener('keydown', onKeyDown, capture)
    target.removeEventListener('keyup', onKeyUp, capture)
    target.removeEventListener('beforeinput', onBeforeInput as EventListener, capture)
  }
}

const STALLED_MS = 30

interface Scheduling {
  readonly scheduling?: { readonly isInputPending: () => boolean }
}

/** Whether keys wait to be handed on: they may be the rest of a scan. */
function inputWaits({ navigator }: Window): boolean {
  return (navigator as Navigator & Scheduling).scheduling?.isInputPending() ?? false
}

/** Every text field as it is before a key, with the focus: the first keys of a scan may move it. */
interface Snapshot {
  readonly focused: Element | null
  readonly fields: readonly {
    readonly field: HTMLInputElement | HTMLTextAreaElement
    readonly text: string
    readonly selection: readonly [number, number]
  }[]
  /** Letters and digits choose in a list. */
  readonly lists: readonly { readonly list: HTMLSelectElement; readonly value: string }[]
  /** Where the keys went once they had reached the page. */
  typedInto: HTMLInputElement | HTMLTextAreaElement | null
}

function snapshotOf(document: Document): Snapshot {
  const fields = [...document.querySelectorAll('input, textarea')].flatMap((element) => {
    const field = textField(element)
    return field === null ? [] : [{ field, text: field.value, selection: selectionOf(field) }]
  })
  const lists = [...document.querySelectorAll('select')].map((list) => ({ list, value: list.value }))
  return { focused: document.activeElement, fields, lists, typedInto: null }
}

/** Puts fields and focus back. `awayFromFields`: the focus is given back later. */
function restore({ focused, fields, lists }: Snapshot, awayFromFields: boolean): void {
  for (const { list, value } of lists) {
    if (!list.isConnected || list.value === value) continue
    list.value = value
    list.dispatchEvent(new Event('change', { bubbles: true }))
  }
  for (const { field, text, selection } of fields) {
    if (!field.isConnected) continue
    if (field.value !== text) writeField(field, text, ...selection)
    else if (field === field.ownerDocument.activeElement) field.setSelectionRange(...selection)
  }
  if (awayFromFields) return
  if (focused instanceof HTMLElement && focused.isConnected && focused !== focused.ownerDocument.activeElement)
    focused.focus()
}

function giveBack(field: HTMLInputElement | HTMLTextAreaElement | null, text: string): void {
  if (field === null || !field.isConnected) return
  field.focus()
  insertInto(field, text)
}
