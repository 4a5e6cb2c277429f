import { insertInto, selectionOf, textField, writeField } from '../components/fields.ts'
import { IDLE, press, releaseAlt, silence, silenceMs, type WedgeSettings, type WedgeStep } from './wedge.ts'

export interface WedgeOptions {
  /** Asked at every key, so that a changed setting counts at once. */
  readonly settings: () => WedgeSettings
  readonly onScan: (code: string) => void
  /** Events made by scripts count too; only for tests. */
  readonly untrusted?: boolean
}

/**
 * Listens for keyboard-wedge scanners in a window, before anybody else. Until a scan is recognised its keys reach the
 * page, since a cashier's typing must never wait; then every text field is put back to what the cashier had typed.
 */
export function listenForScans(target: Window, options: WedgeOptions): () => void {
  let state = IDLE
  let timer: ReturnType<typeof setTimeout> | undefined
  let remembered: (() => void) | null = null
  let lateMs = 0
  const swallowedKeys = new Set<string>()

  const apply = (step: WedgeStep): void => {
    state = step.state
    for (const action of step.actions) {
      if (action.kind === 'remember') remembered = rememberFields(target.document)
      else if (action.kind === 'restore') remembered?.()
      else if (action.kind === 'giveBack') giveBack(target.document, action.text)
      else options.onScan(action.code)
    }
    clearTimeout(timer)
    if (state.phase !== 'scan') return
    // Keys that come late (a busy machine, a stalled page) may have others right behind them: wait as much longer.
    const waitMs = silenceMs(state) + 5 + 2 * lateMs
    timer = setTimeout(() => apply(silence(state, target.performance.now(), options.settings())), waitMs)
  }

  const block = (event: KeyboardEvent): void => {
    event.preventDefault()
    event.stopImmediatePropagation()
  }

  const onKeyDown = (event: KeyboardEvent): void => {
    if (!event.isTrusted && !options.untrusted) return
    if (event.repeat) {
      if (state.phase === 'scan') block(event)
      return
    }
    lateMs = Math.max(0, target.performance.now() - event.timeStamp)
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
    if (!event.isTrusted && !options.untrusted) return
    if (event.code.startsWith('Alt')) apply(releaseAlt(state, event.timeStamp, options.settings()))
    // A button is pressed by Space going up, so what was swallowed going down is swallowed coming up.
    if (swallowedKeys.delete(event.code)) block(event)
  }

  target.addEventListener('keydown', onKeyDown, { capture: true })
  target.addEventListener('keyup', onKeyUp, { capture: true })
  return () => {
    clearTimeout(timer)
    target.removeEventListener('keydown', onKeyDown, { capture: true })
    target.removeEventListener('keyup', onKeyUp, { capture: true })
  }
}

/** Every text field as it is now, with the focus: the first keys of a scan may move it. Returns how to go back. */
function rememberFields(document: Document): () => void {
  const focused = document.activeElement
  const fields = [...document.querySelectorAll('input, textarea')].flatMap((element) => {
    const field = textField(element)
    return field === null ? [] : [{ field, text: field.value, selection: selectionOf(field) }]
  })
  return () => {
    for (const { field, text, selection } of fields) {
      if (!field.isConnected) continue
      if (field.value !== text) writeField(field, text, ...selection)
      else if (field === focused) field.setSelectionRange(...selection)
    }
    if (focused instanceof HTMLElement && focused.isConnected && focused !== document.activeElement) focused.focus()
  }
}

function giveBack(document: Document, text: string): void {
  const field = textField(document.activeElement)
  if (field !== null) insertInto(field, text)
}
