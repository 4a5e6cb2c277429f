import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import type { OneCampaign, TouchReport } from '../../../shared/campaigns/ask.ts'
import { useFormat } from '../../components/format.ts'
import { type MoreWords, useMoreWords } from '../../words/campaign-more.ts'
import { type CampaignWords, touchWord, useCampaignWords } from '../../words/campaigns.ts'
import { Chart, useColours } from '../customers/chart.tsx'
import { CsvButton, useFigures } from '../customers/parts.tsx'
import { figuresOf } from './figures.ts'

type Metric = Exclude<keyof CampaignWords['funnel'], 'title' | 'number' | 'metric'>
type Extra = Exclude<keyof MoreWords['funnel'], 'used' | 'cost' | 'costEach' | 'costShare' | 'overBudget'>

/** What was given away of the margin that there would have been without the discount; null: no cost of goods is known. */
export function marginShare({ given, margin }: TouchReport): number | null {
  if (given === undefined || margin === null) return null
  const before = Number(margin) + Number(given.money)
  return before <= 0 ? null : Number(given.cost) / before
}

/** What happens now and then: a row of its own only where it did. */
const EXTRAS: readonly (readonly [Extra, (touch: TouchReport) => number | null])[] = [
  ['capped', ({ capped }) => capped],
  ['delayed', ({ delayed }) => delayed],
  ['unavailable', ({ unavailable }) => unavailable],
  ['inWallet', ({ messages }) => messages.delivered],
  ['told', ({ hints }) => hints.told],
  ['notNow', ({ hints }) => hints.notNow],
  ['callsOpen', ({ calls }) => calls?.open ?? null],
  ['callsReached', ({ calls }) => calls?.reached ?? null],
  ['callsRefused', ({ calls }) => calls?.refused ?? null],
  ['callsWrong', ({ calls }) => calls?.wrongNumber ?? null],
  ['callsBought', ({ calls }) => calls?.bought ?? null],
  ['callsLate', ({ calls }) => calls?.late ?? null],
  ['callsDropped', ({ calls }) => calls?.dropped ?? null],
  ['attempts', ({ calls }) => calls?.attempts ?? null],
]

const lostOf = ({ messages }: TouchReport) => messages.failed + messages.uncertain + messages.expired

/** From the touch to the purchase, touch by touch, beside the control group. */
export function Funnel({ one }: { readonly one: OneCampaign }) {
  const words = useCampaignWords()
  const { i18n } = useTranslation()
  const figures = useFigures()
  const format = useFormat()
  const more = useMoreWords()
  const { conversion } = figuresOf(words, i18n.language)
  const shown = (count: number | null) => (count === null ? '–' : figures.whole(count))
  const heads = one.touches.map(({ touch }, place) =>
    words.funnel.number(place + 1, touchWord(words, kindOf(one, touch))),
  )
  const rows: readonly (readonly [Metric, (touch: TouchReport) => string])[] = [
    ['sent', ({ sent }) => figures.whole(sent)],
    ['noConsent', ({ noConsent }) => figures.whole(noConsent)],
    ['delivered', ({ messages }) => figures.whole(messages.sent)],
    ['waiting', ({ messages }) => figures.whole(messages.waiting)],
    ['lost', (touch) => figures.whole(lostOf(touch))],
    ['bought', ({ bought }) => figures.whole(bought)],
    ['conversion', ({ sent, bought }) => conversion({ of: sent, bought })],
    ['control', ({ control }) => conversion(control)],
    ['given', ({ pointsGiven }) => format.number(pointsGiven)],
    ['spent', ({ pointsSpent }) => format.number(pointsSpent)],
    ['revenue', ({ revenue }) => format.money(revenue)],
    ['margin', ({ margin }) => (margin === null ? '–' : format.money(margin))],
  ]
  const each = ({ given }: TouchReport) => {
    if (given === undefined || given.each === null) return '–'
    const said = format.money(given.each)
    return Number(given.each) > Number(given.most) ? more.funnel.overBudget(said, format.money(given.most)) : said
  }
  const share = (touch: TouchReport) => {
    const of = marginShare(touch)
    return of === null ? '–' : figures.percent(of)
  }
  const givenRows: readonly (readonly ['used' | 'cost' | 'costEach' | 'costShare', (touch: TouchReport) => string])[] =
    [
      ['used', ({ given }) => (given === undefined ? '–' : figures.whole(given.used))],
      ['cost', ({ given }) => (given === undefined ? '–' : format.money(given.cost))],
      ['costEach', each],
      ['costShare', share],
    ]
  const isGiving = one.touches.some(({ given }) => given !== undefined)
  return (
    <section className="sheet report" data-testid="funnel">
      <h2>{words.funnel.title}</h2>
      <FunnelChart one={one} heads={heads} />
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard */}
      <section className="scrolls" tabIndex={0} aria-label={words.funnel.title}>
        <table className="data">
          <thead>
            <tr>
              <th scope="col">{words.funnel.metric}</th>
              {heads.map((head) => (
                <th key={head} scope="col" className="number">
                  {head}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map(([metric, cell]) => (
              <tr key={metric} data-testid={`funnel-${metric}`}>
                <th scope="row">{words.funnel[metric]}</th>
                {one.touches.map((touch) => (
                  <td key={touch.touch} className="number">
                    {cell(touch)}
                  </td>
                ))}
              </tr>
            ))}
            {isGiving &&
              givenRows.map(([metric, cell]) => (
                <tr key={metric} data-testid={`funnel-${metric}`}>
                  <th scope="row">{more.funnel[metric]}</th>
                  {one.touches.map((touch) => (
                    <td key={touch.touch} className="number">
                      {cell(touch)}
                    </td>
                  ))}
                </tr>
              ))}
            {EXTRAS.filter(([, count]) => one.touches.some((touch) => (count(touch) ?? 0) > 0)).map(
              ([extra, count]) => (
                <tr key={extra} data-testid={`funnel-${extra}`}>
                  <th scope="row">{more.funnel[extra]}</th>
                  {one.touches.map((touch) => (
                    <td key={touch.touch} className="number">
                      {shown(count(touch))}
                    </td>
                  ))}
                </tr>
              ),
            )}
          </tbody>
        </table>
      </section>
      <CsvButton name={`campaign-${one.campaign}`} rows={() => [CSV_HEAD, ...one.touches.map(csvRow)]} />
    </section>
  )
}

function kindOf({ document }: OneCampaign, touch: string): string {
  const touches = (document.touches ?? []) as readonly { readonly id: string; readonly do: string }[]
  return touches.find(({ id }) => id === touch)?.do ?? touch
}

const CSV_HEAD = [
  ...['touch', 'made', 'no_consent', 'messages_sent', 'messages_waiting', 'messages_lost', 'bought', 'conversion'],
  ...['control', 'control_bought', 'points_given', 'points_spent', 'revenue', 'margin'],
  ...[
    'capped',
    'delayed',
    'unavailable',
    'in_wallet',
    'told',
    'not_now',
    'calls_open',
    'calls_reached',
    'calls_refused',
  ],
  ...['calls_wrong_number', 'calls_bought', 'calls_late', 'calls_dropped', 'call_attempts'],
  ...['used', 'used_by', 'given_money', 'given_points', 'given_cost', 'given_of_margin'],
]

function csvRow(row: TouchReport) {
  const { touch, sent, noConsent, messages, bought, control } = row
  const counts = [sent, noConsent, messages.sent, messages.waiting, lostOf(row), bought, row.conversion]
  const sums = [control.of, control.bought, row.pointsGiven, row.pointsSpent, row.revenue, row.margin]
  const { given } = row
  const away = [given?.used, given?.members, given?.money, given?.points, given?.cost].map((each) => each ?? null)
  return [touch, ...counts, ...sums, ...EXTRAS.map(([, count]) => count(row)), ...away, marginShare(row)]
}

function FunnelChart({ one, heads }: { readonly one: OneCampaign; readonly heads: readonly string[] }) {
  const words = useCampaignWords()
  const figures = useFigures()
  const colours = useColours()
  // biome-ignore lint/correctness/useExhaustiveDependencies: words and colours follow the language and the theme
  const option = useMemo(() => {
    const bars = (name: string, color: string, value: (touch: TouchReport) => number) => ({
      name,
      type: 'bar',
      barMaxWidth: 48,
      itemStyle: { color },
      data: one.touches.map(value),
    })
    return {
      grid: { left: 44, right: 8, top: 12, bottom: 28 },
      tooltip: {
        trigger: 'axis',
        axisPointer: { type: 'shadow' },
        valueFormatter: (value: unknown) => figures.whole(Number(value)),
      },
      xAxis: {
        type: 'category',
        data: heads,
        axisLabel: { color: colours.soft, hideOverlap: true },
        axisTick: { show: false },
      },
      yAxis: {
        type: 'value',
        minInterval: 1,
        axisLabel: { color: colours.soft, formatter: (value: number) => figures.whole(value) },
        splitLine: { lineStyle: { color: colours.rule } },
      },
      series: [
        bars(words.funnel.sent, colours.soft, ({ sent }) => sent),
        bars(words.funnel.delivered, colours.points, ({ messages }) => messages.sent),
        bars(words.funnel.bought, colours.act, ({ bought }) => bought),
      ],
    }
  }, [one, words])
  return (
    <>
      <p className="legend" aria-hidden>
        <span data-of="sent">{words.funnel.sent}</span>
        <span data-of="delivered">{words.funnel.delivered}</span>
        <span data-of="bought">{words.funnel.bought}</span>
      </p>
      <Chart option={option} height={240} label={words.funnel.title} />
    </>
  )
}
