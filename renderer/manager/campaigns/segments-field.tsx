import { useId } from 'react'
import { useTranslation } from 'react-i18next'
import { FAMILIES, SEGMENTS_OF } from '../../../shared/segments/families.ts'
import { useMoreWords } from '../../words/campaign-more.ts'
import { useOwnSegments } from '../customers/use-segments.ts'

/** Segments that may be named: ready-made ones by family, own ones by their names. */
export interface NamedSegments {
  readonly state: 'loading' | 'ready' | 'unreachable' | 'failed'
  readonly groups: readonly {
    readonly label: string
    readonly segments: readonly { readonly id: string; readonly name: string }[]
  }[]
  readonly nameOf: (id: string) => string
}

export function useNamedSegments(pin: string): NamedSegments {
  const { t } = useTranslation()
  const words = useMoreWords().segments
  const { asked } = useOwnSegments(pin)
  const ready = FAMILIES.map((family) => ({
    label: t(`customers.preset.${family}`),
    segments: SEGMENTS_OF[family].map((segment) => ({
      id: `${family}.${segment}`,
      name: t(`customers.segment.${segment as 'churn'}`),
    })),
  }))
  const own = asked.state === 'ready' ? asked.report.segments.map(({ segment: id, name }) => ({ id, name })) : []
  const groups = own.length === 0 ? ready : [{ label: words.own, segments: own }, ...ready]
  const all = groups.flatMap(({ label, segments }) => segments.map(({ id, name }) => ({ id, name, label })))
  const nameOf = (id: string) => {
    const found = all.find((each) => each.id === id)
    if (found === undefined) return id
    return found.label === words.own ? found.name : `${found.label}: ${found.name}`
  }
  return { state: asked.state, groups, nameOf }
}

/** Some of the segments, chosen one after the other. Rule K42. */
export function SegmentsField({
  name,
  label,
  named,
  chosen,
  onChange,
}: {
  readonly name: string
  readonly label: string
  readonly named: NamedSegments
  readonly chosen: readonly string[]
  readonly onChange: (chosen: readonly string[]) => void
}) {
  const words = useMoreWords().segments
  const id = useId()
  return (
    <div className="field" data-testid={`segments-${name}`}>
      <label htmlFor={id}>{label}</label>
      <div className="acts">
        {chosen.length === 0 && <span className="soft">{words.any}</span>}
        {chosen.map((segment) => (
          <button
            key={segment}
            type="button"
            className="btn small"
            aria-label={words.remove(named.nameOf(segment))}
            data-testid={`segment-${segment}`}
            onClick={() => onChange(chosen.filter((each) => each !== segment))}
          >
            {named.nameOf(segment)} ✕
          </button>
        ))}
      </div>
      <select
        id={id}
        data-testid={`add-segment-${name}`}
        value=""
        onChange={({ target: { value } }) => value !== '' && onChange([...chosen, value])}
      >
        <option value="">{words.add}</option>
        {named.groups.map((group) => (
          <optgroup key={group.label} label={group.label}>
            {group.segments
              .filter((segment) => !chosen.includes(segment.id))
              .map((segment) => (
                <option key={segment.id} value={segment.id}>
                  {segment.name}
                </option>
              ))}
          </optgroup>
        ))}
      </select>
      {named.state === 'loading' && <p className="soft">{words.loading}</p>}
      {(named.state === 'unreachable' || named.state === 'failed') && <p className="soft">{words.unreachable}</p>}
    </div>
  )
}
