import IconArrowBackUp from '@tabler/icons-react/dist/esm/icons/IconArrowBackUp.mjs'
import IconCashRegister from '@tabler/icons-react/dist/esm/icons/IconCashRegister.mjs'
import IconClipboardCheck from '@tabler/icons-react/dist/esm/icons/IconClipboardCheck.mjs'
import IconSettings from '@tabler/icons-react/dist/esm/icons/IconSettings.mjs'
import { memo, useCallback, useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { CashierScreen } from '../cashier/cashier-screen.tsx'
import { ReturnsScreen } from '../cashier/returns-screen.tsx'
import { ManagerScreen } from '../manager/manager-screen.tsx'
import { Join } from '../settings/join.tsx'
import { SettingsScreen } from '../settings/settings-screen.tsx'
import { Connection } from './connection.tsx'
import { call } from './desktop.ts'
import { ErrorBoundary } from './error-boundary.tsx'
import { Filling, Refused, Starting } from './phase-screens.tsx'
import { currentTill, receiptTaken, useTill } from './till-store.ts'
import { useKeys } from './use-keys.ts'
import './frame.css'

type Screen = 'cashier' | 'returns' | 'manager' | 'settings'

const SCREENS = [
  { screen: 'cashier', key: null, Icon: IconCashRegister },
  { screen: 'returns', key: 'F8', Icon: IconArrowBackUp },
  { screen: 'manager', key: 'F9', Icon: IconClipboardCheck },
  { screen: 'settings', key: 'F10', Icon: IconSettings },
] as const

/** The window: where one is, how the link is, and one screen. */
export function App() {
  const { i18n } = useTranslation()
  const language = useTill((till) => till.settings?.language ?? null)
  const phase = useTill((till) => till.state?.phase ?? 'starting')
  const [screen, setScreen] = useState<Screen>('cashier')
  const toCashier = useCallback(() => setScreen('cashier'), [])

  useEffect(() => {
    if (language === null) return
    document.documentElement.lang = language
    if (i18n.language !== language) void i18n.changeLanguage(language)
  }, [language, i18n])

  // A customer at the counter comes before everything else, except where somebody is typing a PIN or a setting, and where
  // the one before waits for money.
  const scanned = useTill((till) => till.state?.member?.id ?? till.state?.unknownCard ?? null)
  useEffect(() => {
    if (scanned !== null && !currentTill().paysOut) setScreen((now) => (now === 'returns' ? 'cashier' : now))
  }, [scanned])

  // Where a return is begun a scanner reads receipts. A core that begins anew has not heard of it.
  const core = useTill((till) => till.core)
  const codes = screen === 'returns' ? 'receipts' : 'cards'
  useEffect(() => {
    if (core === 'up') void call('scans.expect', { codes })
  }, [core, codes])

  // A receipt that is scanned at an empty counter is to be returned.
  const receipt = useTill((till) => till.receiptScan)
  useEffect(() => {
    if (receipt === null || screen === 'returns') return
    if (screen === 'cashier') setScreen('returns')
    else receiptTaken()
  }, [receipt, screen])

  useKeys({
    F8: () => setScreen('returns'),
    F9: () => setScreen('manager'),
    F10: () => setScreen('settings'),
    Escape: () => {
      if (screen === 'cashier') return false
      toCashier()
    },
  })
  return (
    <div className="frame" data-testid="app" data-screen={screen} data-phase={phase}>
      <Band screen={screen} onGo={setScreen} />
      <Connection />
      <ErrorBoundary key={screen} onBack={toCashier}>
        <div className="page">
          <Page screen={screen} phase={phase} onCashier={toCashier} />
        </div>
      </ErrorBoundary>
    </div>
  )
}

function Page({
  screen,
  phase,
  onCashier,
}: {
  readonly screen: Screen
  readonly phase: string
  readonly onCashier: () => void
}) {
  if (screen === 'settings') return <SettingsScreen />
  if (phase === 'needs-enrolment') return <Join />
  if (phase === 'refused') return <Refused />
  if (phase === 'filling') return <Filling />
  if (phase === 'starting') return <Starting />
  if (screen === 'returns') return <ReturnsScreen onCashier={onCashier} />
  if (screen === 'manager') return <ManagerScreen />
  return <CashierScreen />
}

const Band = memo(function Band({
  screen,
  onGo,
}: {
  readonly screen: Screen
  readonly onGo: (screen: Screen) => void
}) {
  const { t } = useTranslation()
  return (
    <nav className="band" aria-label={t('common.nav.label')}>
      {SCREENS.map(({ screen: to, key, Icon }) => (
        <button
          key={to}
          type="button"
          data-testid={`nav-${to}`}
          aria-current={screen === to ? 'page' : undefined}
          onClick={() => onGo(to)}
        >
          <Icon size={20} aria-hidden />
          <span className="names">
            {t(`common.nav.${to}`)}
            {key !== null && (
              <span className="key" aria-hidden>
                {key}
              </span>
            )}
          </span>
        </button>
      ))}
    </nav>
  )
})
