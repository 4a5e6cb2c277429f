import { useTranslation } from 'react-i18next'
import type { OneCampaign, VariantReport } from '../../../shared/campaigns/ask.ts'
import { TELLING_MEMBERS } from '../../../shared/campaigns/uplift.ts'
import { useFormat } from '../../components/format.ts'
import { letterOf, useVariantWords, type VariantWords } from '../../words/campaign-variants.ts'
import { useCampaignWords } from '../../words/campaigns.ts'
import { CsvButton, useFigures } from '../customers/parts.tsx'
import { figuresOf } from './figures.ts'

type Row = readonly [
  Exclude<
    keyof VariantWords['result'],
    'title' | 'metric' | 'difference' | 'early' | 'better' | 'unclear' | 'first' | 'note'
  >,
  (variant: VariantReport) => string,
]

/** Which variant of a campaign is better, as far as that can be told. Rule K93. */
export function VariantsResult({ one: { campaign, variants } }: { readonly one: OneCampaign }) {
  const words = useVariantWords()
  const campaigns = useCampaignWords()
  const { i18n } = useTranslation()
  const figures = useFigures()
  const format = useFormat()
  const { conversion, uplift } = figuresOf(campaigns, i18n.language)
  const [first] = variants
  if (first === undefined) return null
  const letter = letterOf(first.variant)
  const each = ({ margin, treated }: VariantReport) =>
    margin === null || treated.of === 0 ? '–' : format.money((Number(margin) / treated.of).toFixed(2))
  const rows: readonly Row[] = [
    ['treated', ({ treated }) => figures.whole(treated.of)],
    ['bought', ({ treated }) => figures.whole(treated.bought)],
    ['conversion', ({ treated }) => conversion(treated)],
    ['uplift', (variant) => uplift(variant.uplift)],
    ['sent', ({ sent }) => figures.whole(sent)],
    ['given', ({ pointsGiven }) => format.number(pointsGiven)],
    ['spent', ({ pointsSpent }) => format.number(pointsSpent)],
    ['revenue', ({ revenue }) => format.money(revenue)],
    ['margin', ({ margin }) => (margin === null ? '–' : format.money(margin))],
    ['marginEach', each],
  ]
  return (
    <section className="sheet report" data-testid="variants-result">
      <h2>{words.result.title}</h2>
      <Verdicts variants={variants} saidAs={uplift} />
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard */}
      <section className="scrolls" tabIndex={0} aria-label={words.result.title}>
        <table className="data">
          <thead>
            <tr>
              <th scope="col">{words.result.metric}</th>
              {variants.map(({ variant }) => (
                <th key={variant} scope="col" className="number">
                  {words.variant(letterOf(variant))}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map(([metric, cell]) => (
              <tr key={metric} data-testid={`variants-${metric}`}>
                <th scope="row">{words.result[metric]}</th>
                {variants.map((variant) => (
                  <td key={variant.variant} className="number">
                    {cell(variant)}
                  </td>
                ))}
              </tr>
            ))}
            <tr data-testid="variants-difference">
              <th scope="row">{words.result.difference(letter)}</th>
              {variants.map(({ variant, difference }) => (
                <td key={variant} className="number">
                  {difference === null ? words.result.first : uplift(difference)}
                </td>
              ))}
            </tr>
          </tbody>
        </table>
      </section>
      <p className="soft">{words.result.note}</p>
      <CsvButton name={`campaign-${campaign}-variants`} rows={() => [CSV_HEAD, ...variants.map(csvRow)]} />
    </section>
  )
}

/** In words: who is better than the first, as long as chance would not explain it. */
function Verdicts({
  variants,
  saidAs,
}: {
  readonly variants: readonly VariantReport[]
  readonly saidAs: (uplift: VariantReport['uplift']) => string
}) {
  const words = useVariantWords()
  const [first, ...others] = variants
  const told = others.flatMap(({ variant, difference }) => {
    if (difference === null || difference === 'too early to tell') return []
    const [one, other] = [letterOf(variant), letterOf(first!.variant)]
    if (difference.low > 0) return [words.result.better(one, other, saidAs(difference))]
    const turned = { estimate: -difference.estimate, low: -difference.high, high: -difference.low }
    return difference.high < 0 ? [words.result.better(other, one, saidAs(turned))] : []
  })
  const isEarly = others.some(({ difference }) => difference === 'too early to tell')
  const rest = isEarly ? [words.result.early(TELLING_MEMBERS)] : told.length === 0 ? [words.result.unclear] : []
  return (
    <p role="status" data-testid="variants-verdict">
      <strong>{[...told, ...rest].join(' ')}</strong>
    </p>
  )
}

const CSV_HEAD = [
  ...['variant', 'touched', 'bought', 'conversion', 'uplift', 'uplift_low', 'uplift_high'],
  ...['difference', 'difference_low', 'difference_high', 'made', 'points_given', 'points_spent', 'revenue', 'margin'],
]

const bounds = (uplift: VariantReport['difference']) =>
  uplift === null || uplift === 'too early to tell' ? [null, null, null] : [uplift.estimate, uplift.low, uplift.high]

function csvRow({ variant, treated, uplift, difference, sent, ...sums }: VariantReport) {
  const share = treated.of === 0 ? null : treated.bought / treated.of
  const compared = [treated.of, treated.bought, share, ...bounds(uplift), ...bounds(difference)]
  return [variant, ...compared, sent, sums.pointsGiven, sums.pointsSpent, sums.revenue, sums.margin]
}
