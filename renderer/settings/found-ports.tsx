import { Skeleton } from '@mantine/core'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { FoundPorts as Found, FoundPort, SerialSetting } from '../../shared/desktop-api.ts'
import { desktop } from '../components/desktop.ts'

/** Ports that the system tells of, to be taken with one touch. */
export function FoundPorts({
  taken,
  onAdd,
}: {
  readonly taken: readonly SerialSetting[]
  readonly onAdd: (port: FoundPort) => void
}) {
  const { t } = useTranslation()
  const [found, setFound] = useState<Found | null>(null)
  const look = () => {
    setFound(null)
    void (desktop()?.foundPorts() ?? Promise.reject(new Error('no shell'))).then(setFound, (error: unknown) =>
      setFound({ ports: [], trouble: String(error) }),
    )
  }
  useEffect(look, [])
  const free = found?.ports.filter(({ path }) => !taken.some((each) => each.path === path)) ?? []
  return (
    <div className="found" data-testid="found-ports" aria-busy={found === null}>
      <div className="head">
        <h3>{t('scanners.found')}</h3>
        <button type="button" className="btn bare" data-testid="look-again" disabled={found === null} onClick={look}>
          {t('scanners.lookAgain')}
        </button>
      </div>
      {found === null && <Skeleton height={44} />}
      {found?.trouble != null && (
        <p className="bad" role="alert" data-testid="found-trouble">
          {t('scanners.listFailed')} <code className="value">{found.trouble}</code>
        </p>
      )}
      {found !== null && found.trouble === null && free.length === 0 && (
        <p className="soft" data-testid="found-none">
          {t('scanners.foundNone')}
        </p>
      )}
      <ul className="devices">
        {free.map((port) => (
          <li key={port.path} data-testid="found-port">
            <div>
              <strong>{port.path}</strong>
              <p className="soft">
                {[port.maker, port.usb && `${port.usb.vendorId}:${port.usb.productId}`].filter(Boolean).join(' ')}
              </p>
            </div>
            <button
              type="button"
              className="btn"
              data-testid="found-add"
              aria-label={t('scanners.use', { path: port.path })}
              onClick={() => onAdd(port)}
            >
              {t('scanners.useShort')}
            </button>
          </li>
        ))}
      </ul>
    </div>
  )
}
