import { TextInput } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { EnrolTillReply, TillIdentity } from '../../shared/desktop-api.ts'
import { desktop } from '../components/desktop.ts'
import { useTill } from '../components/till-store.ts'
import './settings.css'

type Refused = Extract<EnrolTillReply, { ok: false }>

/** The first thing a new till shows: where the programme lives, and the code that lets this till in. */
export function Join() {
  const { t } = useTranslation()
  const known = useTill((till) => till.settings?.cloud ?? '')
  const [cloud, setCloud] = useState<string | null>(null)
  const [code, setCode] = useState('')
  const [busy, setBusy] = useState(false)
  const [refused, setRefused] = useState<Refused | null>(null)
  const [joined, setJoined] = useState<TillIdentity | null>(null)
  const address = cloud ?? known

  const join = async (event: FormEvent) => {
    event.preventDefault()
    if (busy) return
    setBusy(true)
    setRefused(null)
    const reply = await desktop()
      ?.enrolTill(address.trim(), code.trim())
      .catch((): Refused => ({ ok: false, reason: 'unreachable', message: '' }))
    setBusy(false)
    if (reply === undefined) return
    if (reply.ok) setJoined(reply.identity)
    else setRefused(reply)
  }
  if (joined !== null)
    return (
      <main className="whole" data-testid="joined" role="status">
        <h1>{t('settings.join.joined')}</h1>
        <p>{t('settings.join.as', { tenant: joined.tenant, outlet: joined.outlet, till: joined.till })}</p>
      </main>
    )
  const problem = refused === null ? undefined : t(`settings.join.reasons.${refused.reason}`)
  const atAddress = refused?.reason === 'bad_address' || refused?.reason === 'unreachable'
  return (
    <main className="plain" data-testid="join">
      <form className="sheet card" onSubmit={join} noValidate>
        <h1>{t('settings.join.title')}</h1>
        <p className="soft">{t('settings.join.note')}</p>
        <TextInput
          data-testid="join-cloud"
          label={t('settings.join.cloud')}
          placeholder="https://"
          inputMode="url"
          autoComplete="off"
          spellCheck={false}
          maxLength={300}
          value={address}
          error={atAddress && problem}
          onChange={(event) => setCloud(event.currentTarget.value)}
        />
        <TextInput
          data-testid="join-code"
          label={t('settings.join.code')}
          autoComplete="off"
          spellCheck={false}
          maxLength={100}
          value={code}
          error={!atAddress && problem}
          onChange={(event) => setCode(event.currentTarget.value)}
        />
        <button
          type="submit"
          className="btn main book"
          data-testid="join-submit"
          disabled={busy || address.trim() === '' || code.trim() === ''}
        >
          {t(busy ? 'settings.join.working' : 'settings.join.submit')}
        </button>
      </form>
    </main>
  )
}
