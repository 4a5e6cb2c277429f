import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { CoreRefusal } from '../../../shared/core-api.ts'
import { PinPad } from '../pin-pad.tsx'
import { Abc } from './abc.tsx'
import { Intervals } from './intervals.tsx'
import { Ltv } from './ltv.tsx'
import { OwnSegments } from './own-segments.tsx'
import { Choose } from './parts.tsx'
import { RfmMap } from './rfm-map.tsx'
import { Segments } from './segments.tsx'
import { tryPin } from './use-report.ts'

const PARTS = { segments: Segments, own: OwnSegments, rfm: RfmMap, abc: Abc, intervals: Intervals, ltv: Ltv } as const
type Part = keyof typeof PARTS

/** What the cloud knows of the members, for whoever has a manager's PIN; it is forgotten when the screen is left. */
export function Customers() {
  const { t } = useTranslation()
  const [pin, setPin] = useState<string | null>(null)
  const [asking, setAsking] = useState(false)
  const [busy, setBusy] = useState(false)
  const [refusal, setRefusal] = useState<CoreRefusal | null>(null)
  const [part, setPart] = useState<Part>('segments')
  const withPin = async (given: string) => {
    setBusy(true)
    setRefusal(null)
    const refused = await tryPin(given)
    setBusy(false)
    if (refused === null) setPin(given)
    else setRefusal(refused)
  }
  if (pin === null && asking)
    return (
      <PinPad
        title={t('customers.unlock')}
        busy={busy}
        refusal={refusal}
        onPin={withPin}
        onCancel={() => setAsking(false)}
      />
    )
  if (pin === null)
    return (
      <section className="sheet report" data-testid="customers-locked">
        <header>
          <h2>{t('customers.unlock')}</h2>
          <p className="soft">{t('customers.openNote')}</p>
        </header>
        <button type="button" className="btn main book" data-testid="customers-open" onClick={() => setAsking(true)}>
          {t('customers.open')}
        </button>
      </section>
    )
  const Shown = PARTS[part]
  return (
    <div className="customers" data-testid="customers">
      <Choose
        label={t('customers.parts')}
        name="part"
        options={(Object.keys(PARTS) as Part[]).map((value) => ({ value, text: t(`customers.part.${value}`) }))}
        value={part}
        onChoose={setPart}
      />
      <Shown pin={pin} />
    </div>
  )
}
