import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { FAMILY_SETTINGS, type Family } from '../../../shared/segments/families.ts'
import type { ru } from '../../words/ru/index.ts'
import { filled, useSegmentWords } from '../../words/segments.ts'
import { type Settings, usualOf } from './preset-draft.ts'
import { askSegments } from './use-segments.ts'

type Segment = keyof typeof ru.customers.segment

/** A preset's numbers as they are saved; until they are heard of, null. */
export function usePreset(pin: string, family: Family) {
  const [known, setKnown] = useState<{ readonly family: Family; readonly settings: Settings } | null>(null)
  useEffect(() => {
    let isLate = false
    void askSegments(pin, { ask: 'preset', family }, 'preset').then((answer) => {
      if (isLate || answer.state !== 'ready') return
      const read = FAMILY_SETTINGS[family].safeParse(answer.report.settings)
      if (read.success) setKnown({ family, settings: read.data })
    })
    return () => {
      isLate = true
    }
  }, [pin, family])
  const settings = known?.family === family ? known.settings : null
  return { settings, put: (changed: Settings) => setKnown({ family, settings: changed }) }
}

/** What a segment of a preset is called; those that are named by a number follow the owner's number. */
export function useSegmentName(family: Family, settings: Settings | null): (segment: string) => string {
  const { t, i18n } = useTranslation()
  const words = useSegmentWords()
  return (segment) => {
    if (family !== 'purchases' || (segment !== 'few' && segment !== 'many'))
      return t(`customers.segment.${segment as Segment}`)
    const most = Number((settings ?? usualOf('purchases')).fewMax)
    const plural = new Intl.PluralRules(i18n.language)
    const word = (count: number) => words.purchases[plural.select(count)]!
    if (segment === 'many') return filled(words.many, { least: most + 1, word: word(most + 1) })
    return most === 2 ? words.two : filled(words.few, { most, word: word(most) })
  }
}
