import { Skeleton } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { shareDone } from './connection.tsx'
import { useFormat } from './format.ts'
import { useTill } from './till-store.ts'

/** The counter in outline: what comes takes the same places. */
export function Starting() {
  const { t } = useTranslation()
  return (
    <main className="desk" data-testid="starting" aria-busy>
      <div className="left">
        <Skeleton height={118} />
        <p className="say" data-tone="quiet" role="status">
          {t('common.phase.starting')}. {t('common.phase.startingNote')}
        </p>
        <Skeleton height={56} />
      </div>
      <div className="right">
        <Skeleton height={130} />
        <Skeleton height={205} />
      </div>
    </main>
  )
}

/** The first fill: once in a till's life, with what is done and to do. */
export function Filling() {
  const { t } = useTranslation()
  const format = useFormat()
  const progress = useTill((till) => till.state?.link.progress ?? null)
  return (
    <main className="whole" data-testid="filling">
      <h1>{t('common.phase.filling')}</h1>
      <div
        className="meter"
        role="progressbar"
        aria-label={t('common.phase.filling')}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={progress === null ? undefined : Math.round(shareDone(progress) * 100)}
      >
        <i style={{ transform: `scaleX(${progress === null ? 0 : shareDone(progress)})` }} />
      </div>
      <p className="figure soft" data-testid="filling-progress">
        {progress === null
          ? t('common.loading')
          : progress.total === null
            ? format.number(`${progress.done}`)
            : t('common.link.of', {
                done: format.number(`${progress.done}`),
                total: format.number(`${progress.total}`),
              })}
      </p>
      <p className="soft">{t('common.phase.fillingNote')}</p>
    </main>
  )
}

/** The database cannot be opened: nothing was deleted, and what to do. */
export function Refused() {
  const { t } = useTranslation()
  const refusal = useTill((till) => till.state?.refusal ?? null)
  const newer = refusal === null || refusal === 'newer_database'
  return (
    <main className="whole" data-testid="refused" data-reason={refusal ?? ''} role="alert">
      <h1>{t(newer ? 'common.phase.newerTitle' : 'common.phase.refused')}</h1>
      <p>{newer ? t('common.phase.newerNote') : t(`notices.${refusal}`)}</p>
      {newer && <p className="soft">{t('common.phase.newerWhy')}</p>}
    </main>
  )
}
