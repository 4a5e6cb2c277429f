import type { useTranslation } from 'react-i18next'
import type { ProgressView } from '../../shared/core-api.ts'
import type { Format } from '../components/format.ts'

/** "640 ₽ до Gold": what is still missing for the next tier. */
export function progressText(
  { next, nearest }: ProgressView,
  format: Format,
  t: ReturnType<typeof useTranslation>['t'],
): string {
  const tier = next.name
  switch (nearest.kind) {
    case 'sum':
      return t('cashier.progress.sum', { tier, left: format.money(nearest.left) })
    case 'points':
      return t('cashier.progress.points', { tier, left: format.points(nearest.left) })
    case 'purchases':
      return t('cashier.progress.purchases', { tier, count: Number(nearest.left) })
    case 'membership':
      return t('cashier.progress.membership', { tier, count: Number(nearest.left) })
    case 'goods':
      return t('cashier.progress.goods', { tier, left: format.number(nearest.left) })
  }
}
