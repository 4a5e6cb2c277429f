import IconCake from '@tabler/icons-react/dist/esm/icons/IconCake.mjs'
import IconStar from '@tabler/icons-react/dist/esm/icons/IconStar.mjs'
import IconX from '@tabler/icons-react/dist/esm/icons/IconX.mjs'
import { memo } from 'react'
import { useTranslation } from 'react-i18next'
import type { MemberView } from '../../shared/core-api.ts'
import { hundredths } from '../components/amounts.ts'
import { fitted } from '../components/fitted.ts'
import { dayIn, daysBetween, useFormat } from '../components/format.ts'
import { useTill } from '../components/till-store.ts'
import { useSegmentName } from '../words/segment-names.ts'
import { progressText } from './progress.ts'

/** Points that live for months yet are no news. */
const isSoon = (days: number) => days >= 0 && days <= 30

/** Who stands at the counter: name, what they are, what they have and what of it burns. */
export const MemberPanel = memo(function MemberPanel({
  member,
  onRelease,
}: {
  readonly member: MemberView
  readonly onRelease: () => void
}) {
  const { t } = useTranslation()
  const format = useFormat()
  const segmentName = useSegmentName()
  const timeZone = useTill((till) => till.state?.programme?.timeZone)
  const balance = format.number(member.balance)
  const today = dayIn(timeZone, new Date())
  const burns = member.expiring.find(({ lastDay }) => isSoon(daysBetween(today, lastDay)))
  return (
    <section
      className="member sheet"
      data-testid="member"
      data-member={member.id}
      aria-label={t('cashier.member.label')}
    >
      <h2 data-testid="member-name">{member.name ?? t('cashier.member.noName')}</h2>
      <p className="soft ids">
        {member.phone !== null && <span className="figure">{member.phone}</span>}
        <span className="figure" data-testid="member-card">
          {t('cashier.member.card', { card: member.card })}
        </span>
      </p>
      <div className="has">
        <strong className="figure pts" data-testid="balance" data-value={member.balance} style={fitted(balance)}>
          {balance}
        </strong>
        <span className="pts">{format.pointsWord(member.balance)}</span>
      </div>
      <button
        type="button"
        className="btn bare leave"
        data-testid="member-release"
        aria-label={t('cashier.member.release')}
        onClick={onRelease}
      >
        <IconX size={20} aria-hidden />
      </button>
      <ul className="marks">
        {hundredths(member.debt) > 0n && (
          <li className="chip bad" data-testid="member-debt">
            {t('cashier.member.debt', { points: format.points(member.debt) })}
          </li>
        )}
        {burns !== undefined && (
          <li className="chip warn" data-testid="member-expiring">
            {t('cashier.member.expires', { points: format.points(burns.points), date: format.day(burns.lastDay) })}
          </li>
        )}
        {member.birthdayInDays !== null && Math.abs(member.birthdayInDays) <= 7 && (
          <li className="chip points" data-testid="member-birthday">
            <IconCake size={14} aria-hidden />
            {t(member.birthdayInDays === 0 ? 'cashier.member.birthdayToday' : 'cashier.member.birthdaySoon')}
          </li>
        )}
        <li className="chip" data-testid="member-tier">
          <IconStar size={14} aria-hidden />
          {member.tierName ?? member.tier ?? member.cardType}
        </li>
        {member.progress != null && (
          <li className="chip" data-testid="member-progress">
            {progressText(member.progress, format, t)}
          </li>
        )}
        {(member.stamps ?? []).map(({ id, name, stamps, need, full }) => (
          <li key={id} className={full > 0 ? 'chip points' : 'chip'} data-testid="member-stamps" data-card={id}>
            {full > 0 ? t('cashier.member.stampsFull', { name }) : t('cashier.member.stamps', { name, stamps, need })}
          </li>
        ))}
        {(member.coupons ?? []).map(({ id, name }) => (
          <li key={id} className="chip points" data-testid="member-coupon">
            {name}
          </li>
        ))}
        {member.terms.length > 0 && <li className="chip points">{t('cashier.member.terms')}</li>}
        {member.segments.slice(0, 2).map((segment) => (
          <li key={segment} className="chip" data-testid="member-segment">
            {segmentName(segment, member.segmentNames)}
          </li>
        ))}
        {hundredths(member.pending) > 0n && (
          <li className="chip" data-testid="member-pending">
            {t('cashier.member.pending', { points: format.points(member.pending) })}
          </li>
        )}
      </ul>
    </section>
  )
})
