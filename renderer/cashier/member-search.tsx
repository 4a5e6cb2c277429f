import IconScan from '@tabler/icons-react/dist/esm/icons/IconScan.mjs'
import { type FormEvent, memo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { say, useTill } from '../components/till-store.ts'
import { focusOn, placeId } from './focus.ts'
import { identify } from './identify.ts'

/** Nobody yet: a card to scan, or a number to type. */
export const MemberSearch = memo(function MemberSearch({
  onEnrol,
  onSkip,
}: {
  /** A new card, with the phone that nobody has. */
  readonly onEnrol: (phone: string) => void
  /** Enter on nothing: goes on without a card. */
  readonly onSkip: () => void
}) {
  const { t } = useTranslation()
  const [text, setText] = useState('')
  const [problem, setProblem] = useState<string | null>(null)
  const [nobody, setNobody] = useState<string | null>(null)
  const [isSure, setSure] = useState(true)
  const stranger = useTill((till) => till.state?.stranger ?? null)
  const [busy, setBusy] = useState(false)

  const find = async (event: FormEvent) => {
    event.preventDefault()
    if (busy) return
    if (text.trim() === '') return onSkip()
    if (nobody === text) return onEnrol(text)
    setBusy(true)
    const answer = await identify(text)
    setBusy(false)
    if (answer.kind === 'nobody') {
      setSure(answer.isSure)
      return setNobody(answer.phone)
    }
    setText('')
    if (answer.kind === 'found') {
      say(null)
      return
    }
    if (answer.reason === 'bad_phone') setText(text)
    if (answer.reason !== 'unknown_card') say(answer.reason)
    focusOn('member')
  }
  const change = (next: string) => {
    setText(next)
    setNobody(null)
    setProblem(null)
  }
  const name = stranger?.card ?? stranger?.phone
  const waits = name === undefined ? null : t('cashier.member.waits', { name })
  return (
    <form className="member search sheet" data-testid="member-search" onSubmit={find}>
      <label htmlFor={placeId('member')}>
        {t('cashier.member.label')}{' '}
        <span className="key" aria-hidden>
          F2
        </span>
      </label>
      <div className="row">
        <input
          id={placeId('member')}
          data-testid="member-input"
          data-keypad=""
          type="text"
          inputMode="none"
          autoComplete="off"
          spellCheck={false}
          maxLength={200}
          value={text}
          aria-describedby="member-note"
          onChange={(event) => change(event.target.value)}
          onKeyDown={(event) => {
            if (event.key === 'Enter' && !event.nativeEvent.isTrusted) void find(event)
          }}
        />
        <button type="submit" className="btn" data-testid="member-find" disabled={busy}>
          {nobody === null ? t('cashier.member.find') : t('cashier.member.enrolNew')}
        </button>
      </div>
      <div className="note">
        <p id="member-note" role="status" className={nobody === null ? 'soft' : 'bad'}>
          {nobody === null ? (
            <>
              <IconScan size={18} aria-hidden /> {problem ?? waits ?? t('cashier.member.scan')}
            </>
          ) : (
            t(isSure ? 'cashier.member.notFound' : 'cashier.member.phoneNotHere')
          )}
        </p>
        <button type="button" className="btn bare" data-testid="enrol-new" onClick={() => onEnrol('')}>
          {t('cashier.member.enrolNew')}{' '}
          <span className="key" aria-hidden>
            F6
          </span>
        </button>
      </div>
    </form>
  )
})
