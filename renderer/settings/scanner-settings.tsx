import { NativeSelect, Switch, TextInput } from '@mantine/core'
import IconTrash from '@tabler/icons-react/dist/esm/icons/IconTrash.mjs'
import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { DeviceStatus, SerialSetting, Settings } from '../../shared/desktop-api.ts'
import { useFormat } from '../components/format.ts'
import { useTill } from '../components/till-store.ts'

const BAUD_RATES = ['9600', '19200', '38400', '57600', '115200']

/** Serial and HID scanners: which, how they are, and what to do about it. */
export function ScannerSettings({
  settings,
  onChange,
}: {
  readonly settings: Settings
  readonly onChange: (change: Partial<Settings>) => void
}) {
  const { t } = useTranslation()
  const devices = useTill((till) => till.devices)
  const [path, setPath] = useState('')
  const [baud, setBaud] = useState('9600')
  const add = (event: FormEvent) => {
    event.preventDefault()
    if (path.trim() === '') return
    const added: SerialSetting = { path: path.trim(), baudRate: Number(baud), enabled: true }
    onChange({ serial: [...settings.serial.filter((each) => each.path !== added.path), added] })
    setPath('')
  }
  const others = devices.filter((device) => !settings.serial.some((each) => each.path === device.name))
  return (
    <section className="sheet card" data-testid="settings-scanners">
      <h2>{t('settings.devices')}</h2>
      {settings.serial.length === 0 && others.length === 0 && <p className="soft">{t('settings.noDevices')}</p>}
      <ul className="devices">
        {settings.serial.map((each) => (
          <li key={each.path}>
            <div>
              <strong>{each.path}</strong> <span className="soft">{each.baudRate}</span>
              {each.enabled && <State device={devices.find((device) => device.name === each.path)} />}
            </div>
            <Switch
              aria-label={t('settings.useScanner', { path: each.path })}
              checked={each.enabled}
              onChange={(event) => {
                const enabled = event.currentTarget.checked
                onChange({
                  serial: settings.serial.map((other) => (other.path === each.path ? { ...other, enabled } : other)),
                })
              }}
            />
            <button
              type="button"
              className="btn bare"
              aria-label={t('settings.removeScanner', { path: each.path })}
              onClick={() => onChange({ serial: settings.serial.filter((other) => other.path !== each.path) })}
            >
              <IconTrash size={18} aria-hidden />
            </button>
          </li>
        ))}
        {others.map((device) => (
          <li key={device.name}>
            <div>
              <strong>{device.name}</strong>
              <State device={device} />
            </div>
          </li>
        ))}
      </ul>
      <Switch
        data-testid="scanner-hid"
        label={t('settings.hid')}
        description={t('settings.hidNote')}
        checked={settings.hid}
        onChange={(event) => onChange({ hid: event.currentTarget.checked })}
      />
      <form className="add" onSubmit={add}>
        <TextInput
          data-testid="scanner-path"
          label={t('settings.path')}
          placeholder="COM3, /dev/ttyUSB0"
          autoComplete="off"
          spellCheck={false}
          maxLength={300}
          value={path}
          onChange={(event) => setPath(event.currentTarget.value)}
        />
        <NativeSelect
          data-testid="scanner-baud"
          label={t('settings.baud')}
          data={BAUD_RATES}
          value={baud}
          onChange={(event) => setBaud(event.currentTarget.value)}
        />
        <button type="submit" className="btn" data-testid="scanner-add" disabled={path.trim() === ''}>
          {t('settings.addScanner')}
        </button>
      </form>
    </section>
  )
}

function State({ device }: { readonly device: DeviceStatus | undefined }) {
  const { t } = useTranslation()
  const format = useFormat()
  if (device === undefined) return null
  const scan =
    device.lastScanAt === null ? t('settings.noScan') : t('settings.lastScan', { time: format.time(device.lastScanAt) })
  return (
    <p className={device.state === 'open' ? 'soft' : 'bad'} data-testid="scanner-state" data-state={device.state}>
      {t(`settings.states.${device.state}`)}
      {device.state === 'open' ? `, ${scan}` : ''}
      {(device.state === 'error' || (device.kind === 'hid' && device.state === 'denied')) &&
        device.message !== null &&
        `: ${device.message}`}
    </p>
  )
}
