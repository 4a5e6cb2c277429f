import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { unfinished } from '../unfinished.ts'
import { Abc } from './abc.tsx'
import { Affinity } from './affinity.tsx'
import { Intervals } from './intervals.tsx'
import { Ltv } from './ltv.tsx'
import { OwnSegments } from './own-segments.tsx'
import { Choose } from './parts.tsx'
import { Points } from './points.tsx'
import { RfmMap } from './rfm-map.tsx'
import { Segments } from './segments.tsx'

const PARTS = {
  segments: Segments,
  own: OwnSegments,
  rfm: RfmMap,
  abc: Abc,
  affinity: Affinity,
  intervals: Intervals,
  ltv: Ltv,
  points: Points,
} as const
type Part = keyof typeof PARTS

/** What the cloud knows of the members. */
export function Customers({ pin }: { readonly pin: string }) {
  const { t } = useTranslation()
  const [part, setPart] = useState<Part>(unfinished('segment') === undefined ? 'segments' : 'own')
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
