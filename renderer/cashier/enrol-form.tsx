import { Checkbox, TextInput } from '@mantine/core'
import { type FormEvent, useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { CoreRefusal } from '../../shared/core-api.ts'
import { call } from '../components/desktop.ts'
import { dayIn } from '../components/format.ts'
import { currentTill, say } from '../components/till-store.ts'
import { birthDay, dotted, type EnrolDraft, type EnrolField, problemsOf } from './enrol-checks.ts'

const EMPTY: EnrolDraft = { phone: '', name: '', birthDate: '', personalData: false, messages: false }
const FIELDS = ['phone', 'name', 'birthDate'] as const

/** A new member where the old one would stand: phone, name, birthday, consent; Enter leads through it. */
export function EnrolForm({
  card,
  phone,
  onDone,
  onSkip,
}: {
  /** A scanned card that is nobody's; null: the till gives one of its own. */
  readonly card: string | null
  readonly phone: string
  readonly onDone: () => void
  readonly onSkip: () => void
}) {
  const { t, i18n } = useTranslation()
  const [draft, setDraft] = useState<EnrolDraft>({ ...EMPTY, phone })
  const [shown, setShown] = useState<readonly EnrolField[]>([])
  const [refused, setRefused] = useState<CoreRefusal | null>(null)
  const [busy, setBusy] = useState(false)
  useEffect(() => document.getElementById(phone === '' ? 'enrol-phone' : 'enrol-name')?.focus(), [phone])

  const today = () => dayIn(currentTill().state?.programme?.timeZone, new Date())
  const change = (part: Partial<EnrolDraft>) => {
    setDraft({ ...draft, ...part })
    setShown(shown.filter((field) => !(field in part || (field === 'consent' && 'personalData' in part))))
    setRefused(null)
  }
  const submit = async (event?: FormEvent) => {
    event?.preventDefault()
    if (busy) return
    const problems = problemsOf(draft, today())
    setShown(problems)
    if (problems.length > 0) return document.getElementById(`enrol-${problems[0]}`)?.focus()
    setBusy(true)
    const born = birthDay(draft.birthDate, today())
    const reply = await call('members.enrol', {
      ...(card === null ? {} : { card }),
      phone: draft.phone.trim(),
      ...(draft.name.trim() === '' ? {} : { name: draft.name.trim() }),
      ...(born === undefined ? {} : { birthDate: born }),
      language: i18n.language === 'en' ? 'en' : 'ru',
      consent: { personalData: true, messages: draft.messages },
    })
    if (!reply.ok) {
      setBusy(false)
      setRefused(reply.reason)
      document.getElementById('enrol-phone')?.focus()
      return
    }
    if (currentTill().state?.member?.id !== reply.value.id) await call('desk.member', { card: reply.value.card })
    say(null)
    onDone()
  }
  const next = (field: (typeof FIELDS)[number]) => {
    const following = FIELDS[FIELDS.indexOf(field) + 1]
    document.getElementById(`enrol-${following ?? 'consent'}`)?.focus()
  }
  const phoneRefused = refused === 'bad_phone' || refused === 'phone_taken' ? refused : null
  const errorOf = (field: EnrolField) => (shown.includes(field) ? t(`enrol.errors.${field}`) : undefined)
  const field = (
    name: (typeof FIELDS)[number],
    digits: boolean,
    placeholder: string,
    write: (text: string) => string,
  ) => (
    <TextInput
      id={`enrol-${name}`}
      data-testid={`enrol-${name}`}
      data-keypad={digits ? '' : undefined}
      className={name}
      inputMode={digits ? 'none' : 'text'}
      autoComplete="off"
      label={t(`enrol.${name}`)}
      placeholder={placeholder}
      maxLength={200}
      value={draft[name]}
      error={(name === 'phone' && phoneRefused !== null && t(`notices.${phoneRefused}`)) || errorOf(name)}
      onChange={(event) => change({ [name]: write(event.currentTarget.value) })}
      onKeyDown={(event) => {
        if (event.key !== 'Enter') return
        event.preventDefault()
        next(name)
      }}
    />
  )
  return (
    <form className="enrol sheet" data-testid="enrol" data-keep-focus="" onSubmit={submit} noValidate>
      <div className="row">
        <h2>{t('enrol.title')}</h2>
        <span className="soft">{card === null ? t('enrol.noCard') : t('enrol.unknownCard', { card })}</span>
      </div>
      {field('phone', true, t('enrol.phonePlaceholder'), (text) => text)}
      {field('name', false, '', (text) => text)}
      {field('birthDate', true, t('enrol.birthPlaceholder'), dotted)}
      <Checkbox
        id="enrol-consent"
        data-testid="enrol-consent"
        label={t('enrol.consentData')}
        checked={draft.personalData}
        error={errorOf('consent')}
        onChange={(event) => change({ personalData: event.currentTarget.checked })}
      />
      <Checkbox
        data-testid="enrol-messages"
        label={t('enrol.consentMessages')}
        checked={draft.messages}
        onChange={(event) => change({ messages: event.currentTarget.checked })}
      />
      {refused !== null && phoneRefused === null && (
        <p className="bad" role="alert" data-testid="enrol-problem">
          {t(`notices.${refused}`)}
        </p>
      )}
      <div className="actions">
        <button type="button" className="btn" data-testid="enrol-skip" onClick={onSkip}>
          {t('enrol.skip')}{' '}
          <span className="key" aria-hidden>
            Esc
          </span>
        </button>
        <button type="submit" className="btn main book" data-testid="enrol-submit" disabled={busy}>
          {t(busy ? 'enrol.saving' : 'enrol.submit')}
        </button>
      </div>
    </form>
  )
}
