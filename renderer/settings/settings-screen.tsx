import { Skeleton } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { Settings } from '../../shared/desktop-api.ts'
import { useTill } from '../components/till-store.ts'
import { Choice } from './choice.tsx'
import { Join } from './join.tsx'
import { NeighboursSettings } from './neighbours-settings.tsx'
import { PosSettings } from './pos-settings.tsx'
import { ScannerSettings } from './scanner-settings.tsx'
import { ScannerTrial } from './scanner-trial.tsx'
import { SharingSettings } from './sharing-settings.tsx'
import { useSettings } from './use-settings.ts'
import { WedgeSettings } from './wedge-settings.tsx'
import { WindowSettings } from './window-settings.tsx'
import './settings.css'

/** Settings of this till, written at once; what is not accepted says why. */
export function SettingsScreen() {
  const { t } = useTranslation()
  const { settings, problems, saved, change } = useSettings()
  const joins = useTill((till) => till.state?.phase === 'needs-enrolment')
  if (settings === null)
    return (
      <main className="plain" aria-busy>
        <Skeleton height={180} />
        <Skeleton height={140} />
      </main>
    )
  return (
    <>
      {joins && <Join />}
      <main className="plain settings" data-testid="settings">
        <p className="saved" role="status" data-testid="settings-saved">
          {saved && t('settings.saved')}
        </p>
        {problems.length > 0 && (
          <div className="say" data-tone="bad" role="alert" data-testid="settings-problem">
            <span>
              {t('settings.failed')}.{' '}
              {problems.map((problem) => (
                <span key={problem.path}>
                  {problem.path}: {t('settings.allowed', { found: problem.found, allowed: problem.allowed })}.{' '}
                </span>
              ))}
            </span>
          </div>
        )}
        <WindowSettings settings={settings} onChange={change} />
        <ScannerSettings settings={settings} onChange={change} />
        <WedgeSettings settings={settings} onChange={change} />
        <ScannerTrial settings={settings} onChange={change} />
        <SharingSettings settings={settings} onChange={change} />
        <PosSettings settings={settings} onChange={change} />
        <NeighboursSettings settings={settings} onChange={change} />
        <About updates={settings.updates} onUpdates={(updates) => change({ updates })} />
      </main>
    </>
  )
}

function About({
  updates,
  onUpdates,
}: {
  readonly updates: Settings['updates']
  readonly onUpdates: (updates: Settings['updates']) => void
}) {
  const { t } = useTranslation()
  const info = useTill((till) => till.info)
  const till = useTill((now) => now.state?.till ?? null)
  const programme = useTill((now) => now.state?.programme ?? null)
  if (info === null) return null
  return (
    <section className="sheet card" data-testid="settings-about">
      <h2>{t('settings.about')}</h2>
      <p>Bonusbook. {t('settings.version', { version: info.version })}</p>
      <Choice
        label={t('settings.updates')}
        testId="settings-updates"
        value={updates}
        options={(['stable', 'beta', 'off'] as const).map((value) => ({
          value,
          label: t(`settings.channels.${value}`),
        }))}
        onChange={onUpdates}
      />
      <p className="soft">{t('settings.updatesNote')}</p>
      <p className="soft" data-testid="settings-shell" data-shell={info.shell}>
        {t(`settings.shells.${info.shell}`)}
        {info.headless && `, ${t('settings.headless')}`}
      </p>
      {programme !== null && <p>{t('settings.programme', { name: programme.name, version: programme.version })}</p>}
      {till !== null && (
        <p className="soft">{t('settings.join.as', { tenant: till.tenant, outlet: till.outlet, till: till.till })}</p>
      )}
    </section>
  )
}
