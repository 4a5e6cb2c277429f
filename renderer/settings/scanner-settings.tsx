import { NativeSelect, Switch, TextInput } from '@mantine/core'
import IconTrash from '@tabler/icons-react/dist/esm/icons/IconTrash.mjs'
import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { DeviceStatus, HidAffix, SerialSetting, Settings } from '../../shared/desktop-api.ts'
import { useFormat } from '../components/format.ts'
import { useTill } from '../components/till-store.ts'
import { FoundPorts } from './found-ports.tsx'
import { affixOf, withAffix } from './hid-affixes.ts'
import { Affix, BAUD_RATES, SerialLine } from './serial-line.tsx'

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
  const change = (path: string, next: SerialSetting) =>
    onChange({ serial: settings.serial.map((other) => (other.path === path ? next : other)) })
  const others = devices.filter(
    ({ kind, name }) =>
      kind !== 'pass-on' && kind !== 'shortcut' && !settings.serial.some((each) => each.path === name),
  )
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
                change(each.path, { ...each, enabled: event.currentTarget.checked })
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
            <SerialLine setting={each} onChange={(next) => change(each.path, next)} />
          </li>
        ))}
        {others.map((device) => (
          <li key={device.name}>
            <div>
              <strong>{device.name}</strong>
              <State device={device} />
            </div>
            {device.kind === 'hid' && device.state !== 'other-mode' && (
              <HidLine
                affix={affixOf(settings.hidAffixes, device.name)}
                onChange={(affix) => onChange({ hidAffixes: withAffix(settings.hidAffixes, affix) })}
              />
            )}
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
      <FoundPorts
        taken={settings.serial}
        onAdd={({ path: found, usb }) =>
          onChange({ serial: [...settings.serial, { path: found, baudRate: 9600, enabled: true, usb }] })
        }
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

/** What stands around the codes of one HID scanner, as the trial learns it. */
function HidLine({ affix, onChange }: { readonly affix: HidAffix; readonly onChange: (affix: HidAffix) => void }) {
  const { t } = useTranslation()
  return (
    <details className="line" data-testid="hid-line">
      <summary>{t('scanners.around')}</summary>
      <div className="four">
        <Affix label={t('settings.prefix')} value={affix.prefix} onWrite={(prefix) => onChange({ ...affix, prefix })} />
        <Affix label={t('settings.suffix')} value={affix.suffix} onWrite={(suffix) => onChange({ ...affix, suffix })} />
      </div>
    </details>
  )
}

function State({ device }: { readonly device: DeviceStatus | undefined }) {
  const { t } = useTranslation()
  const format = useFormat()
  if (device === undefined) return null
  const scan =
    device.lastScanAt === null ? t('settings.noScan') : t('settings.lastScan', { time: format.time(device.lastScanAt) })
  const isFine = device.state === 'open' || device.state === 'other-mode'
  return (
    <>
      <p className={isFine ? 'soft' : 'bad'} data-testid="scanner-state" data-state={device.state}>
        {t(device.kind === 'hid' ? `scanners.hidStates.${device.state}` : `settings.states.${device.state}`)}
        {device.state === 'open' ? `, ${scan}` : ''}
        {device.at != null && `, ${t('scanners.nowAt', { path: device.at })}`}
        {device.state === 'error' && device.message !== null && `: ${device.message}`}
      </p>
      {device.rule != null && (
        <div className="rule">
          <p>{t('scanners.pasteRule')}</p>
          <code className="value" data-testid="udev-rule">
            {device.rule}
          </code>
        </div>
      )}
    </>
  )
}
