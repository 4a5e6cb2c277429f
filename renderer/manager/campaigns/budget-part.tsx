import type { OwnFigures } from '../../../shared/campaigns/ask.ts'
import { formatHundredths } from '../../../shared/money.ts'
import { useFormat } from '../../components/format.ts'
import { useDraftWords } from '../../words/campaign-draft.ts'
import { budgetOf, type Draft, documentOf } from './draft.ts'
import { type Complaints, Field } from './field.tsx'

/** Average check × margin × share, said as a sentence: 900 × 40 % × 50 % = 180. Rule K6. */
export function BudgetPart({
  draft,
  own,
  complaints,
  onChange,
}: {
  readonly draft: Draft
  readonly own: OwnFigures | null
  readonly complaints: Complaints
  readonly onChange: (change: Partial<Draft>) => void
}) {
  const words = useDraftWords()
  const format = useFormat()
  const most = budgetOf(draft)
  const { averageCheck, marginPercent, sharePercent } = documentOf(draft).budget as Record<string, string>
  const ownCheck = own?.averageCheck ?? null
  const proposed = {
    ...(ownCheck === null ? {} : { averageCheck: ownCheck.replace(/\.\d+$/, '') }),
    ...(own?.marginPercent == null ? {} : { marginPercent: own.marginPercent }),
  }
  return (
    <section className="sheet report">
      <h3>{words.budget}</h3>
      <div className="together">
        <Field
          isNumber
          name="budget.averageCheck"
          label={words.averageCheck}
          value={draft.averageCheck}
          onChange={(typed) => onChange({ averageCheck: typed })}
          complaints={complaints}
        />
        <Field
          isNumber
          name="budget.marginPercent"
          label={words.margin}
          value={draft.marginPercent}
          onChange={(typed) => onChange({ marginPercent: typed })}
          complaints={complaints}
        />
        <Field
          isNumber
          name="budget.sharePercent"
          label={words.share}
          value={draft.sharePercent}
          onChange={(typed) => onChange({ sharePercent: typed })}
          complaints={complaints}
        />
      </div>
      {most !== null && (
        <p role="status" data-testid="budget-sentence">
          {words.sentence(
            format.money(averageCheck!),
            format.number(marginPercent!),
            format.number(sharePercent!),
            format.points(formatHundredths(most)),
          )}
        </p>
      )}
      {ownCheck !== null && (
        <button type="button" className="btn" data-testid="budget-own" onClick={() => onChange(proposed)}>
          {words.takeOwn(format.money(ownCheck), own?.marginPercent ?? null)}
        </button>
      )}
    </section>
  )
}
