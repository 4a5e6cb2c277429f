import { NativeSelect, Switch, TextInput } from '@mantine/core'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { SerialSetting } from '../../shared/desktop-api.ts'

export const BAUD_RATES = ['1200', '2400', '4800', '9600', '19200', '38400', '57600', '115200']
const ENDS = ['auto', 'cr', 'lf', 'crlf', 'tab', 'stx-etx', 'silence'] as const
const LINES = { '8N1': [8, 'none'], '7E1': [7, 'even'], '7O1': [7, 'odd'], '8E1': [8, 'even'] } as const

/** How one serial scanner speaks: as its manual says, or as the trial shows. */
export function SerialLine({
  setting,
  onChange,
}: {
  readonly setting: SerialSetting
  readonly onChange: (setting: SerialSetting) => void
}) {
  const { t } = useTranslation()
  const line = `${setting.dataBits ?? 8}${(setting.parity ?? 'none')[0]!.toUpperCase()}1`
  return (
    <details className="line" data-testid="serial-line">
      <summary>{t('scanners.line')}</summary>
      <div className="four">
        <NativeSelect
          data-testid="line-baud"
          label={t('settings.baud')}
          data={BAUD_RATES}
          value={String(setting.baudRate)}
          onChange={(event) => onChange({ ...setting, baudRate: Number(event.currentTarget.value) })}
        />
        <NativeSelect
          data-testid="line-bits"
          label={t('scanners.bits')}
          data={Object.keys(LINES)}
          value={line}
          onChange={(event) => {
            const [dataBits, parity] = LINES[event.currentTarget.value as keyof typeof LINES]
            onChange({ ...setting, dataBits, parity })
          }}
        />
        <NativeSelect
          data-testid="line-end"
          label={t('scanners.endOfCode')}
          data={ENDS.map((value) => ({ value, label: t(`scanners.endings.${value}`) }))}
          value={setting.end ?? 'auto'}
          onChange={(event) => onChange({ ...setting, end: event.currentTarget.value as (typeof ENDS)[number] })}
        />
        <Affix
          label={t('settings.prefix')}
          value={setting.prefix ?? ''}
          onWrite={(prefix) => onChange({ ...setting, prefix })}
        />
        <Affix
          label={t('settings.suffix')}
          value={setting.suffix ?? ''}
          onWrite={(suffix) => onChange({ ...setting, suffix })}
        />
      </div>
      <Switch
        label={t('scanners.rtscts')}
        checked={setting.rtscts ?? false}
        onChange={(event) => onChange({ ...setting, rtscts: event.currentTarget.checked })}
      />
    </details>
  )
}

/** What a shop set before or after each code; written when the field is left. */
export function Affix({
  label,
  value,
  onWrite,
}: {
  readonly label: string
  readonly value: string
  readonly onWrite: (text: string) => void
}) {
  const [draft, setDraft] = useState<string | null>(null)
  const write = () => {
    if (draft !== null && draft !== value) onWrite(draft)
    setDraft(null)
  }
  return (
    <TextInput
      label={label}
      autoComplete="off"
      maxLength={16}
      value={draft ?? value}
      onChange={(event) => setDraft(event.currentTarget.value)}
      onBlur={write}
      onKeyDown={(event) => event.key === 'Enter' && write()}
    />
  )
}
