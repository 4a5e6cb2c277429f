import { NativeSelect, TextInput } from '@mantine/core'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { DeviceStatus, PassOnSetting, Settings } from '../../shared/desktop-api.ts'
import { useTill } from '../components/till-store.ts'
import { Choice } from './choice.tsx'
import { BAUD_RATES } from './serial-line.tsx'

/** One scanner for register and till: who reads, and where the other one's codes go. */
export function SharingSettings({
  settings,
  onChange,
}: {
  readonly settings: Settings
  readonly onChange: (change: Partial<Settings>) => void
}) {
  const { t } = useTranslation()
  const devices = useTill((till) => till.devices)
  const { passOn } = settings
  const [wants, setWants] = useState(false)
  const [path, setPath] = useState<string | null>(null)
  const [keys, setKeys] = useState<string | null>(null)
  const chosen = passOn !== null || wants ? 'pass' : 'own'
  const set = (change: Partial<PassOnSetting>) =>
    onChange({ passOn: { path: '', baudRate: 9600, end: 'cr', ...passOn, ...change } })
  const writePath = () => {
    const next = path?.trim()
    if (next !== undefined && next !== '' && next !== passOn?.path) set({ path: next })
    setPath(null)
  }
  const writeKeys = () => {
    if (keys !== null && keys.trim() !== settings.shortcut) onChange({ shortcut: keys.trim() })
    setKeys(null)
  }
  const register = devices.find(({ kind }) => kind === 'pass-on')
  const shortcut = devices.find(({ kind }) => kind === 'shortcut')
  return (
    <section className="sheet card" data-testid="settings-sharing">
      <h2>{t('scanners.sharing')}</h2>
      <Choice
        label={t('scanners.whoReads')}
        testId="sharing"
        value={chosen}
        options={(['own', 'pass'] as const).map((value) => ({ value, label: t(`scanners.readers.${value}`) }))}
        onChange={(next) => {
          setWants(next === 'pass')
          if (next === 'own' && passOn !== null) onChange({ passOn: null })
        }}
      />
      <p className="soft">{t(`scanners.readerNotes.${chosen}`)}</p>
      {chosen === 'pass' && (
        <>
          <div className="four">
            <TextInput
              data-testid="pass-path"
              label={t('scanners.registerPort')}
              placeholder="COM11, /dev/tnt0"
              autoComplete="off"
              spellCheck={false}
              maxLength={300}
              value={path ?? passOn?.path ?? ''}
              onChange={(event) => setPath(event.currentTarget.value)}
              onBlur={writePath}
              onKeyDown={(event) => event.key === 'Enter' && writePath()}
            />
            <NativeSelect
              label={t('settings.baud')}
              data={BAUD_RATES}
              disabled={passOn === null}
              value={String(passOn?.baudRate ?? 9600)}
              onChange={(event) => set({ baudRate: Number(event.currentTarget.value) })}
            />
            <NativeSelect
              label={t('scanners.endOfCode')}
              disabled={passOn === null}
              data={(['cr', 'lf', 'crlf', 'tab'] as const).map((value) => ({
                value,
                label: t(`scanners.endings.${value}`),
              }))}
              value={passOn?.end ?? 'cr'}
              onChange={(event) => set({ end: event.currentTarget.value as PassOnSetting['end'] })}
            />
          </div>
          {register !== undefined && <RegisterState device={register} />}
        </>
      )}
      <TextInput
        data-testid="shortcut"
        label={t('scanners.shortcut')}
        description={t('scanners.shortcutNote')}
        placeholder="Control+Shift+B"
        autoComplete="off"
        spellCheck={false}
        maxLength={60}
        value={keys ?? settings.shortcut}
        error={shortcut !== undefined && t('scanners.shortcutTaken')}
        onChange={(event) => setKeys(event.currentTarget.value)}
        onBlur={writeKeys}
        onKeyDown={(event) => event.key === 'Enter' && writeKeys()}
      />
    </section>
  )
}

function RegisterState({ device }: { readonly device: DeviceStatus }) {
  const { t } = useTranslation()
  const isOpen = device.state === 'open'
  return (
    <p className={isOpen ? 'soft' : 'bad'} data-testid="pass-state" data-state={device.state}>
      {t(`scanners.registerStates.${device.state}`)}
    </p>
  )
}
