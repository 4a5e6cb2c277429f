import { useTranslation } from 'react-i18next'
import type { Settings } from '../../shared/desktop-api.ts'
import { learnFrom, SCANS_TO_LEARN } from '../../shared/identification/learn.ts'
import { gapFor } from './advice.ts'
import { withAffix } from './hid-affixes.ts'
import { type Tried, useTrial } from './use-trial.ts'

/** "Scan something now": what the scanner sent, what the till makes of it, and what to change on the scanner. */
export function ScannerTrial({
  settings,
  onChange,
}: {
  readonly settings: Settings
  readonly onChange: (change: Partial<Settings>) => void
}) {
  const { t } = useTranslation()
  const { on, turn, scans, codes } = useTrial()
  return (
    <section className="sheet card" data-testid="settings-trial">
      <h2>{t('scanners.trial')}</h2>
      <p className="soft">{t('scanners.trialNote')}</p>
      <button type="button" className="btn" data-testid="trial-turn" aria-pressed={on} onClick={() => turn(!on)}>
        {t(on ? 'scanners.trialStop' : 'scanners.trialStart')}
      </button>
      {on && scans.length === 0 && (
        <p className="waiting" role="status" data-testid="trial-waiting">
          {t('scanners.trialWaiting')}
        </p>
      )}
      <ul className="tried" aria-live="polite">
        {scans.map((scan, index) => (
          <li key={scan.id} data-testid={index === 0 ? 'tried' : 'tried-before'} data-source={scan.source}>
            {index === 0 ? (
              <ScanShown scan={scan} settings={settings} onChange={onChange} />
            ) : (
              <code className="value soft">{scan.shown?.raw ?? t('notices.payment_card')}</code>
            )}
          </li>
        ))}
      </ul>
      {on && <Learn codes={codes} settings={settings} onChange={onChange} />}
    </section>
  )
}

function ScanShown({
  scan,
  settings,
  onChange,
}: {
  readonly scan: Tried
  readonly settings: Settings
  readonly onChange: (change: Partial<Settings>) => void
}) {
  const { t } = useTranslation()
  const { shown } = scan
  const title = scan.device ?? t('scanners.keyboard')
  if (shown === null)
    return (
      <>
        <strong>{title}</strong>
        <p className="bad" data-testid="tried-payment">
          {t('notices.payment_card')}
        </p>
      </>
    )
  const { means } = shown
  return (
    <>
      <strong>{title}</strong>
      <dl className="facts">
        <dt>{t('scanners.sent')}</dt>
        <dd>
          <code className="value" data-testid="tried-raw">
            {shown.raw}
          </code>
          <details>
            <summary>{t('scanners.bytes')}</summary>
            <code className="value" data-testid="tried-hex">
              {shown.hex}
            </code>
          </details>
        </dd>
        <dt>{t('scanners.end')}</dt>
        <dd data-testid="tried-end">
          {shown.layout !== null && t(`scanners.layouts.${shown.layout as 'aim'}`)}
          {shown.end !== null && t(`scanners.ends.${shown.end as 'cr'}`)}
          {shown.meanMs !== null && `, ${t('scanners.pace', { ms: shown.meanMs })}`}
        </dd>
        <dt>{t('scanners.symbology')}</dt>
        <dd data-testid="tried-symbology">{shown.symbology ?? t('scanners.noSymbology')}</dd>
        <dt>{t('scanners.means')}</dt>
        <dd data-testid="tried-means" data-kind={means?.kind ?? ''}>
          {shown.code === null && t('scanners.noCode')}
          {shown.code !== null && means === null && t('scanners.looking')}
          {means?.kind === 'member' && t('scanners.member', { name: means.name ?? means.card })}
          {means?.kind === 'refused' &&
            `${shown.code}: ${t(`scanners.refused.${means.reason as 'unknown_card'}`, t(`notices.${means.reason}`))}`}
        </dd>
      </dl>
      <ul className="advice" data-testid="tried-advice">
        {scan.advice.map((advice) => (
          <li key={advice} data-advice={advice}>
            {t(`scanners.advice.${advice}`)}
            {advice === 'slow' && shown.meanMs !== null && gapFor(shown.meanMs) > settings.wedge.gapMs && (
              <button
                type="button"
                className="btn"
                data-testid="apply-gap"
                onClick={() => onChange({ wedge: { ...settings.wedge, gapMs: gapFor(shown.meanMs!) } })}
              >
                {t('scanners.applyGap', { ms: gapFor(shown.meanMs) })}
              </button>
            )}
            {advice === 'hid-pos' && (
              <details>
                <summary>{t('scanners.howHidPos')}</summary>
                <p>{t('scanners.hidPosAny')}</p>
                <ul>
                  {(['honeywell', 'zebra', 'newland', 'datalogic'] as const).map((maker) => (
                    <li key={maker}>{t(`scanners.makers.${maker}`)}</li>
                  ))}
                </ul>
              </details>
            )}
          </li>
        ))}
      </ul>
    </>
  )
}

/** After three scans of different codes: what the scanner puts around each. */
function Learn({
  codes,
  settings,
  onChange,
}: {
  readonly codes: ReturnType<typeof useTrial>['codes']
  readonly settings: Settings
  readonly onChange: (change: Partial<Settings>) => void
}) {
  const { t } = useTranslation()
  const last = codes.at(-1)
  if (last === undefined) return null
  const own = codes.filter((each) => each.device === last.device && each.source === last.source)
  const different = [...new Set(own.map(({ whole }) => whole))]
  const learnt = learnFrom(different)
  if (learnt === undefined)
    return (
      <p className="soft" data-testid="learn-more">
        {t('scanners.learnMore', { done: different.length, need: SCANS_TO_LEARN })}
      </p>
    )
  const { prefix, suffix, shortest, longest, isCertain } = learnt
  const apply = () => {
    if (last.source === 'wedge') {
      onChange({ wedge: { ...settings.wedge, prefix, suffix, minLength: Math.max(1, Math.min(shortest, 64)) } })
      return
    }
    if (last.source === 'hid') {
      onChange({ hidAffixes: withAffix(settings.hidAffixes, { device: last.device ?? '', prefix, suffix }) })
      return
    }
    onChange({
      serial: settings.serial.map((each) => (each.path === last.device ? { ...each, prefix, suffix } : each)),
    })
  }
  return (
    <div className="learnt" data-testid="learnt">
      <p>
        {prefix === '' && suffix === ''
          ? t('scanners.learntNothing')
          : t('scanners.learnt', { prefix: prefix || '—', suffix: suffix || '—' })}{' '}
        {shortest === longest
          ? t('scanners.learntLength', { length: shortest })
          : t('scanners.learntLengths', { shortest, longest })}
      </p>
      {!isCertain && <p className="warn">{t('scanners.learntLetters')}</p>}
      <button type="button" className="btn" data-testid="learn-apply" onClick={apply}>
        {t('scanners.learnApply')}
      </button>
    </div>
  )
}
