import { useEffect, useState } from 'react'
import type { SegmentsReply } from '../../../shared/segments/ask.ts'
import { FAMILIES, SEGMENTS_OF } from '../../../shared/segments/families.ts'
import { useSegmentName } from './preset-part.tsx'
import { askSegments } from './use-segments.ts'

type Names = Extract<SegmentsReply, { kind: 'known' }>

/** What conditions may name. Where the cloud does not say, names are typed. */
export interface Known {
  readonly names: Names
  readonly segments: readonly { readonly segment: string; readonly name: string }[]
}

const NOTHING: Names = {
  kind: 'known',
  attributes: [],
  events: [],
  categories: [],
  goods: [],
  tiers: [],
  cardTypes: [],
}

/** `own`: segments that may be named, besides those of presets. */
export function useKnown(pin: string, own: Known['segments'], presetName: (family: string) => string): Known {
  const [names, setNames] = useState<Names>(NOTHING)
  const called = {
    activity: useSegmentName('activity', null),
    cafe: useSegmentName('cafe', null),
    purchases: useSegmentName('purchases', null),
  }
  useEffect(() => {
    let isLate = false
    void askSegments(pin, { ask: 'known' }, 'known').then((answer) => {
      if (!isLate && answer.state === 'ready') setNames(answer.report)
    })
    return () => {
      isLate = true
    }
  }, [pin])
  const ofPresets = FAMILIES.flatMap((family) =>
    SEGMENTS_OF[family].map((segment) => ({
      segment: `${family}.${segment}`,
      name: `${presetName(family)}: ${called[family](segment)}`,
    })),
  )
  return { names, segments: [...own, ...ofPresets] }
}
