import { Switch } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { Settings } from '../../shared/desktop-api.ts'
import { Choice } from './choice.tsx'

/** Language, and where the window stands beside the register program. */
export function WindowSettings({
  settings,
  onChange,
}: {
  readonly settings: Settings
  readonly onChange: (change: Partial<Settings>) => void
}) {
  const { t } = useTranslation()
  return (
    <section className="sheet card">
      <h2>{t('settings.window')}</h2>
      <Choice
        label={t('settings.language')}
        testId="settings-language"
        value={settings.language}
        options={(['ru', 'en'] as const).map((value) => ({ value, label: t(`settings.languages.${value}`) }))}
        onChange={(language) => onChange({ language })}
      />
      <Choice
        label={t('settings.dock')}
        testId="settings-dock"
        value={settings.dock}
        options={(['left', 'right', 'full'] as const).map((value) => ({ value, label: t(`settings.docks.${value}`) }))}
        onChange={(dock) => onChange({ dock })}
      />
      <Switch
        data-testid="settings-on-top"
        label={t('settings.onTop')}
        checked={settings.alwaysOnTop}
        onChange={(event) => onChange({ alwaysOnTop: event.currentTarget.checked })}
      />
    </section>
  )
}
