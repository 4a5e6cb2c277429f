import { MantineProvider } from '@mantine/core'
import '@mantine/core/styles.css'
import './components/theme.css'
import { createRoot } from 'react-dom/client'
import { App } from './components/app.tsx'
import { desktop } from './components/desktop.ts'
import { connect, currentTill } from './components/till-store.ts'
import { listenForScans } from './wedge/listen.ts'
import { takeWedgeScan } from './wedge/scans.ts'
import { startWords } from './words/index.ts'

/** The cashier's window. Everything it knows comes from preload; it has no network of its own. */

const WEDGE_BEFORE_SETTINGS = { gapMs: 50, minLength: 6, prefix: '', suffix: '', layout: 'us' } as const

const api = desktop()
const words = startWords('ru')
const root = document.getElementById('root')!

if (api === undefined) root.textContent = words.t('common.phase.noDesktop')
else {
  void connect(api)
  // Before React's own listeners, so that a scan is seen first.
  listenForScans(window, {
    settings: () => currentTill().settings?.wedge ?? WEDGE_BEFORE_SETTINGS,
    onScan: takeWedgeScan,
  })
  createRoot(root).render(
    // Variables and classes come from the static style sheet: no style tag is made, so the CSP stays strict.
    <MantineProvider
      defaultColorScheme="auto"
      withCssVariables={false}
      withGlobalClasses={false}
      theme={{ respectReducedMotion: true }}
    >
      <App />
    </MantineProvider>,
  )
}
