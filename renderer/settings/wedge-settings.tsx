import { TextInput } from '@mantine/core'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Settings } from '../../shared/desktop-api.ts'
import { Choice } from './choice.tsx'

const FIELDS = ['gap', 'minLength', 'prefix', 'suffix'] as const
type Field = (typeof FIELDS)[number]

/** How a keyboard scanner is told from typing; written when a field is left. */
export function WedgeSettings({
  settings,
  onChange,
}: {
  readonly settings: Settings
  readonly onChange: (change: Partial<Settings>) => void
}) {
  const { t } = useTranslation()
  const { wedge } = settings
  const [draft, setDraft] = useState<Partial<Record<Field, string>>>({})
  const written: Record<Field, string> = {
    gap: String(wedge.gapMs),
    minLength: String(wedge.minLength),
    prefix: wedge.prefix,
    suffix: wedge.suffix,
  }
  const write = () => {
    const now = { ...written, ...draft }
    setDraft({})
    const next = {
      gapMs: count(now.gap, wedge.gapMs),
      minLength: count(now.minLength, wedge.minLength),
      prefix: now.prefix,
      suffix: now.suffix,
      layout: wedge.layout,
    }
    if (Object.entries(next).some(([name, value]) => value !== wedge[name as keyof typeof next])) {
      onChange({ wedge: next })
    }
  }
  return (
    <section className="sheet card" data-testid="settings-wedge">
      <h2>{t('settings.wedge')}</h2>
      <p className="soft">{t('settings.wedgeNote')}</p>
      <div className="four">
        {FIELDS.map((field) => (
          <TextInput
            key={field}
            data-testid={`wedge-${field}`}
            label={t(`settings.${field}`)}
            autoComplete="off"
            maxLength={8}
            value={draft[field] ?? written[field]}
            onChange={(event) => setDraft({ ...draft, [field]: event.currentTarget.value })}
            onBlur={write}
            onKeyDown={(event) => event.key === 'Enter' && write()}
          />
        ))}
      </div>
      <Choice
        label={t('settings.wedgeLayout')}
        testId="wedge-layout"
        value={wedge.layout}
        options={(['us', 'as-till'] as const).map((value) => ({ value, label: t(`settings.wedgeLayouts.${value}`) }))}
        onChange={(layout) => onChange({ wedge: { ...wedge, layout } })}
      />
    </section>
  )
}

const count = (text: string, otherwise: number) => (/^\d{1,4}$/.test(text.trim()) ? Number(text) : otherwise)
