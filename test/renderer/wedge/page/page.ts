import { listenForScans, SCAN_LEAKED } from '../../../../renderer/wedge/listen.ts'
import type { WedgeSettings } from '../../../../renderer/wedge/wedge.ts'

/** The window's own listener on a page that writes down whatever reaches it. */
export interface Heard {
  scanned: string[]
  /** Keys with Ctrl that reached the page. */
  shortcuts: string[]
  entered: number
  pressed: number
  leaked: string[]
}

const nothing = (): Heard => ({ scanned: [], shortcuts: [], entered: 0, pressed: 0, leaked: [] })
const settings: WedgeSettings = { gapMs: 50, minLength: 6, prefix: '', suffix: '', layout: 'us' }
const page = {
  heard: nothing(),
  settings,
  fields: () => ['text', 'note', 'secret', 'list'].map((id) => (document.getElementById(id) as HTMLInputElement).value),
  clear: (focus: string) => {
    for (const id of ['text', 'note', 'secret']) (document.getElementById(id) as HTMLInputElement).value = ''
    document.getElementById(focus)!.focus()
    page.heard = nothing()
  },
}
listenForScans(window, { settings: () => page.settings, onScan: ({ code }) => page.heard.scanned.push(code) })
window.addEventListener(SCAN_LEAKED, (event) => page.heard.leaked.push(String((event as CustomEvent).detail)))
window.addEventListener('keydown', (event) => {
  if (event.ctrlKey && event.key !== 'Control' && !event.defaultPrevented) page.heard.shortcuts.push(event.code)
  if (event.key === 'Enter') page.heard.entered += 1
})
document.getElementById('form')!.addEventListener('submit', (event) => event.preventDefault())
document.getElementById('button')!.addEventListener('click', () => {
  page.heard.pressed += 1
})
Object.assign(globalThis, { counter: page })
