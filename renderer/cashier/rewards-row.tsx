import IconGift from '@tabler/icons-react/dist/esm/icons/IconGift.mjs'
import IconX from '@tabler/icons-react/dist/esm/icons/IconX.mjs'
import { memo } from 'react'
import { useTranslation } from 'react-i18next'
import type { QuoteView } from '../../shared/core-api.ts'
import { call } from '../components/desktop.ts'
import { useFormat } from '../components/format.ts'
import { say } from '../components/till-store.ts'

/**
 * What takes money off beside points: rewards on the receipt, those that could be, and a coupon's code
 * being typed. There only where there is something, so that the keypad keeps its place.
 */
export const RewardsRow = memo(function RewardsRow({
  quote,
  code,
  setCode,
}: {
  readonly quote: QuoteView
  /** A code being typed; null: nobody asked for the field. */
  readonly code: string | null
  readonly setCode: (code: string | null) => void
}) {
  const { t } = useTranslation()
  const format = useFormat()
  const coupons = quote.coupons ?? []
  const cards = quote.asked ?? []
  const taken = [
    ...quote.rewards.map(({ id, name, code: by, money }) => ({ id, name, by, worth: `−${format.money(money)}` })),
    ...(quote.gifts ?? []).map(({ id, name, code: by, points }) => ({
      id,
      name,
      by,
      worth: `+${format.points(points)}`,
    })),
  ]
  const offers = (quote.available ?? []).map(({ id, name, money, points }) => ({
    ...{ id, name, money, points },
    take: id.startsWith('stamp:') ? { rewards: [...cards, id] } : { coupons: [...coupons, id.slice('coupon:'.length)] },
  }))
  if (code === null && taken.length + offers.length === 0) return null

  const choose = async (wishes: { coupons?: string[]; rewards?: string[] }) => {
    const reply = await call('desk.rewards', wishes)
    say(reply.ok ? null : reply.reason)
    if (reply.ok) setCode(null)
  }
  const without = ({ id, by }: (typeof taken)[number]) =>
    by == null ? { rewards: cards.filter((each) => each !== id) } : { coupons: coupons.filter((each) => each !== by) }
  return (
    <section className="rewards sheet" data-testid="rewards" aria-label={t('cashier.rewards.label')}>
      <div className="row">
        {taken.map((reward) => (
          <button
            key={reward.id}
            type="button"
            className="btn taken"
            data-testid="reward"
            data-reward={reward.id}
            title={t('cashier.rewards.remove', { name: reward.name ?? reward.id })}
            onClick={() => void choose(without(reward))}
          >
            <IconGift size={18} aria-hidden />
            <span className="name">{reward.name ?? reward.id}</span>
            <strong className="figure pts">{reward.worth}</strong>
            <IconX size={16} aria-hidden />
          </button>
        ))}
        {offers.map(({ id, name, money, points, take }) => (
          <button
            key={id}
            type="button"
            className="btn"
            data-testid="reward-offer"
            data-reward={id}
            onClick={() => void choose(take)}
          >
            + {name}{' '}
            <span className="figure">
              {points === undefined ? `−${format.money(money)}` : `+${format.points(points)}`}
            </span>
          </button>
        ))}
        {code !== null && (
          <>
            <input
              // biome-ignore lint/a11y/noAutofocus: the cashier has just asked for this field
              autoFocus
              type="text"
              data-testid="coupon-code"
              autoComplete="off"
              maxLength={400}
              placeholder={t('cashier.rewards.code')}
              aria-label={t('cashier.rewards.code')}
              value={code}
              onChange={(event) => setCode(event.target.value)}
              onKeyDown={(event) => {
                if (event.key !== 'Enter' || code.trim() === '') return
                event.preventDefault()
                void choose({ coupons: [...coupons, code.trim()] })
              }}
            />
            <button
              type="button"
              className="btn"
              data-testid="coupon-take"
              disabled={code.trim() === ''}
              onClick={() => void choose({ coupons: [...coupons, code.trim()] })}
            >
              {t('cashier.rewards.take')}
            </button>
          </>
        )}
      </div>
    </section>
  )
})
