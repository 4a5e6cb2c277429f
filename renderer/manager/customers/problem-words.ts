import { useTranslation } from 'react-i18next'
import { filled, useSegmentWords } from '../../words/segments.ts'
import type { Asked } from './use-report.ts'

/** Why the cloud did not do what was asked of segments, in words. */
export function useProblemWords(): (asked: Asked<unknown>) => string | null {
  const { t } = useTranslation()
  const words = useSegmentWords()
  return (asked) => {
    if (asked.state === 'ready' || asked.state === 'loading') return null
    if (asked.state === 'unreachable') return t('customers.own.unreachable')
    switch (asked.code) {
      case 'not_found':
        return t('customers.own.tooOld')
      case 'segment_in_use': {
        const { path, found } = asked.errors?.[0] ?? { path: 'segment', found: '' }
        const by = words.usedBy[path as keyof typeof words.usedBy] ?? words.usedBy.other
        return filled(words.inUse, { by: found === '' ? words.usedBy.other : filled(by, { found }) })
      }
      case 'segment_changed':
        return words.changed
      case 'window_not_kept':
        return t('customers.own.notKept')
      case 'circular_segment':
        return words.circular
      case 'nobody_bought':
        return words.nobodyBought
      case 'unknown_segment':
        return t('customers.own.unknown')
      default:
        return t('customers.own.failed', { code: asked.code })
    }
  }
}
