import { Textarea, TextInput } from '@mantine/core'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Settings } from '../../shared/desktop-api.ts'
import { desktop } from '../components/desktop.ts'

/** For whoever connects the register: the address, a token shown once, and which sites may ask. */
export function PosSettings({
  settings,
  onChange,
}: {
  readonly settings: Settings
  readonly onChange: (change: Partial<Settings>) => void
}) {
  const { t } = useTranslation()
  const [token, setToken] = useState<{ readonly address: string; readonly token: string } | null>(null)
  const [copied, setCopied] = useState(false)
  const [origins, setOrigins] = useState<string | null>(null)
  const [folder, setFolder] = useState<string | null>(null)
  const address = token?.address ?? `http://127.0.0.1:${settings.posApi.port}/v1`
  const make = () => {
    setCopied(false)
    void desktop()?.newPosToken().then(setToken)
  }
  const copy = () =>
    void navigator.clipboard.writeText(token!.token).then(
      () => setCopied(true),
      () => setCopied(false),
    )
  const write = () => {
    if (origins === null) return
    const allowedOrigins = origins.split(/\s+/).filter((origin) => origin !== '')
    setOrigins(null)
    if (allowedOrigins.join() !== settings.posApi.allowedOrigins.join())
      onChange({ posApi: { ...settings.posApi, allowedOrigins } })
  }
  const keepFolder = () => {
    if (folder === null) return
    setFolder(null)
    const wished = folder.trim() === '' ? null : folder.trim()
    if (wished !== settings.exchange.folder) onChange({ exchange: { folder: wished } })
  }
  return (
    <section className="sheet card" data-testid="settings-pos">
      <h2>{t('settings.posApi')}</h2>
      <p>
        <span className="soft">{t('settings.address')}</span>
        <br />
        <code className="value" data-testid="pos-address">
          {address}
        </code>
      </p>
      {token === null ? (
        <button type="button" className="btn" data-testid="pos-new-token" onClick={make}>
          {t('settings.newToken')}
        </button>
      ) : (
        <div className="token">
          <code className="value" data-testid="pos-token">
            {token.token}
          </code>
          <button type="button" className="btn" data-testid="pos-copy" onClick={copy}>
            {t(copied ? 'common.copied' : 'common.copy')}
          </button>
          <p className="soft">{t('settings.tokenNote')}</p>
        </div>
      )}
      <Textarea
        data-testid="pos-origins"
        label={t('settings.origins')}
        description={t('settings.originsNote')}
        rows={2}
        spellCheck={false}
        value={origins ?? settings.posApi.allowedOrigins.join('\n')}
        onChange={(event) => setOrigins(event.currentTarget.value)}
        onBlur={write}
      />
      <TextInput
        data-testid="pos-exchange"
        label={t('settings.exchange')}
        description={t('settings.exchangeNote')}
        spellCheck={false}
        value={folder ?? settings.exchange.folder ?? ''}
        onChange={(event) => setFolder(event.currentTarget.value)}
        onBlur={keepFolder}
      />
    </section>
  )
}
