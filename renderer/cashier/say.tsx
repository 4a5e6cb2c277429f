import IconAlertTriangle from '@tabler/icons-react/dist/esm/icons/IconAlertTriangle.mjs'
import IconBulb from '@tabler/icons-react/dist/esm/icons/IconBulb.mjs'
import IconX from '@tabler/icons-react/dist/esm/icons/IconX.mjs'
import { memo, useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import type { CoreRefusal } from '../../shared/core-api.ts'
import { dayIn, type Format, useFormat } from '../components/format.ts'
import { readNotice, useTill } from '../components/till-store.ts'
import { CampaignSay } from './campaign-say.tsx'
import { type Hint, hintFor } from './hint.ts'
import { wasAsked } from './identify.ts'
import { progressText } from './progress.ts'
import { SurveySay } from './survey-say.tsx'

/** What is said where the network may know what this till does not. */
const ELSEWHERE: { readonly [R in CoreRefusal]?: 'cashier.member.cardNotHere' | 'cashier.member.phoneNotHere' } = {
  unknown_card: 'cashier.member.cardNotHere',
  unknown_member: 'cashier.member.phoneNotHere',
}

/** The one place where the till speaks: a refusal that wants something done, else one hint. Its height never changes. */
export const Say = memo(function Say({ clearArmed }: { readonly clearArmed: boolean }) {
  const { t } = useTranslation()
  const format = useFormat()
  const refusal = useTill((till) => {
    const notice = till.state?.notice
    if (till.refusal !== null) return till.refusal
    return notice != null && notice.id !== till.noticeRead ? notice.reason : null
  })
  const isElsewhere = useTill((till) => till.refusal === null && !wasAsked(till.state?.notice?.detail))
  const member = useTill((till) => till.state?.member ?? null)
  const quote = useTill((till) => till.state?.quote ?? null)
  const timeZone = useTill((till) => till.state?.programme?.timeZone)
  const today = dayIn(timeZone, new Date())
  const hint = useMemo(() => hintFor({ member, quote }, today), [member, quote, today])

  if (clearArmed)
    return (
      <p className="say" data-tone="warn" role="status" data-testid="hint">
        <IconAlertTriangle size={20} aria-hidden />
        <span>{t('cashier.hint.clearAgain')}</span>
      </p>
    )
  if (refusal !== null)
    return (
      <div className="say" data-tone="bad" role="alert" data-testid="notice" data-reason={refusal}>
        <IconAlertTriangle size={20} aria-hidden />
        <span>{isElsewhere ? t(ELSEWHERE[refusal] ?? `notices.${refusal}`) : t(`notices.${refusal}`)}</span>
        <button
          type="button"
          className="btn bare"
          data-testid="notice-close"
          aria-label={t('common.close')}
          onClick={readNotice}
        >
          <IconX size={18} aria-hidden />
        </button>
      </div>
    )
  if (hint?.kind === 'campaign' && hint.hint.survey !== undefined)
    return <SurveySay hint={hint.hint.id} survey={hint.hint.survey} />
  if (hint?.kind === 'campaign') return <CampaignSay hint={hint.hint} />
  return (
    <p
      className="say"
      data-tone={hint === null || hint.kind === 'ready' ? 'quiet' : 'hint'}
      role="status"
      data-testid="hint"
      data-hint={hint?.kind ?? ''}
    >
      {hint !== null && (
        <>
          <IconBulb size={20} aria-hidden />
          <span>{sentence(hint, format, today, t)}</span>
        </>
      )}
    </p>
  )
})

type Translate = ReturnType<typeof useTranslation>['t']

function sentence(hint: Exclude<Hint, { kind: 'campaign' }>, format: Format, today: string, t: Translate): string {
  switch (hint.kind) {
    case 'birthday':
      if (hint.days === 0) return t('cashier.hint.birthdayToday')
      return hint.days > 0
        ? t('cashier.hint.birthdayIn', { count: hint.days })
        : t('cashier.hint.birthdayAgo', { count: -hint.days })
    case 'burns':
      return t('cashier.hint.burns', { points: format.points(hint.points), day: format.nearDay(hint.lastDay, today) })
    case 'stampFull':
      return t('cashier.hint.stampFull', { name: hint.name })
    case 'stampNear':
      return t('cashier.hint.stampNear', { name: hint.name, count: hint.short })
    case 'tierNear':
      return t('cashier.hint.tierNear', { progress: progressText(hint.progress, format, t) })
    case 'debt':
      return t('cashier.hint.debt', { points: format.points(hint.points) })
    default:
      return t(`cashier.hint.${hint.kind}`)
  }
}
