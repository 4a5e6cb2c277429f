import { memo } from 'react'
import { useTranslation } from 'react-i18next'
import type { LinkView } from '../../shared/core-api.ts'
import { useReasonWords } from '../words/reasons.ts'
import { useFormat } from './format.ts'
import { useTill } from './till-store.ts'

type Tone = 'good' | 'warn' | 'bad'

/** Whether the till speaks with the cloud and what waits: always in sight, the same height in every state. */
export const Connection = memo(function Connection() {
  const { t } = useTranslation()
  const link = useTill((till) => till.state?.link ?? null)
  const core = useTill((till) => till.core)
  const place = useTill((till) => till.state?.till ?? null)
  const words = useLinkWords()
  if (link === null && core === 'up') return <div className="link" data-testid="connection" />
  const tone = core === 'restarting' || link === null ? 'warn' : toneOf(link)
  return (
    <div
      className="link"
      role="status"
      aria-label={t('common.link.label')}
      data-testid="connection"
      data-tone={tone}
      data-online={link?.online ?? false}
      data-unsent={link?.unsent ?? 0}
    >
      <span className="dot" aria-hidden />
      <span className="words">
        {core === 'restarting' || link === null ? t('common.link.restarting') : words(link)}
      </span>
      {place !== null && (
        <span className="place">
          {place.outlet} · {place.till}
        </span>
      )}
      {link?.syncing && <Done link={link} />}
    </div>
  )
})

function Done({ link }: { readonly link: LinkView }) {
  const { progress } = link
  if (progress === null || progress.total === null) return <span className="bar unknown" aria-hidden />
  return <span className="bar" aria-hidden style={{ transform: `scaleX(${shareDone(progress)})` }} />
}

/** Between 0 and 1, for a bar. */
export function shareDone(progress: { readonly done: number; readonly total: number | null }): number {
  return progress.total === null || progress.total === 0 ? 0 : Math.min(1, progress.done / progress.total)
}

function toneOf(link: LinkView): Tone {
  if (link.problem !== null || link.quarantined > 0) return 'bad'
  return link.online ? 'good' : 'warn'
}

/** What stands before everything else: the till itself is in danger, with or without a network. */
const GRAVE = ['fork', 'disk_full', 'disk_low'] as const

/** The link in one sentence: what matters most first. */
export function useLinkWords(): (link: LinkView) => string {
  const { t } = useTranslation()
  const reason = useReasonWords()
  const format = useFormat()
  return (link) => {
    const { progress, problem } = link
    const grave = GRAVE.find((each) => each === problem)
    if (grave !== undefined) return t(`common.link.${grave}`)
    if (link.syncing && progress !== null) {
      const what = t(`common.link.${progress.what}`)
      if (progress.total === null) return what
      return `${what}: ${t('common.link.of', { done: format.number(`${progress.done}`), total: format.number(`${progress.total}`) })}`
    }
    if (link.quarantined > 0) return t('common.link.quarantined', { count: link.quarantined })
    if (!link.online) {
      if (link.unsent > 0) return t('common.link.offlineWaiting', { count: link.unsent })
      if (link.lastContactAt !== null) return t('common.link.offlineSince', { time: format.time(link.lastContactAt) })
      return t('common.link.offline')
    }
    if (problem !== null) return t('common.link.problem', { problem: reason(problem) })
    if (link.unsent > 0) return t('common.link.waiting', { count: link.unsent })
    return link.syncing ? t('common.link.syncing') : t('common.link.online')
  }
}
