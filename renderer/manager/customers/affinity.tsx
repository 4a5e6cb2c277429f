import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { affinitySettings } from '../../../shared/segments/analysis/affinity.ts'
import type { ReportOf } from '../../../shared/segments/analysis/reports.ts'
import { useFormat } from '../../components/format.ts'
import { useAffinityWords } from '../../words/affinity.ts'
import { filled } from '../../words/segments.ts'
import { AskedPart } from './asked-part.tsx'
import { MakeSegment } from './make-segment.tsx'
import { Choose, CsvButton, Table, useFigures } from './parts.tsx'
import { percentText, shareFrom } from './share-typed.ts'
import { TypedField } from './typed-field.tsx'
import { useReport } from './use-report.ts'
import { useSettled } from './use-settled.ts'

const OF = ['goods', 'categories'] as const
const USUAL = affinitySettings.parse({})
const FIRST = 20

type Report = ReportOf<'affinity'>
type Rule = Report['rules'][number]

/** What is bought together, and to whom the other half may be offered. */
export function Affinity({ pin }: { readonly pin: string }) {
  const words = useAffinityWords()
  const language = useTranslation().i18n.language === 'en' ? 'en' : 'ru'
  const [of, setOf] = useState<(typeof OF)[number]>('goods')
  const [support, setSupport] = useState(percentText(USUAL.minSupport, language))
  const [confidence, setConfidence] = useState(percentText(USUAL.minConfidence, language))
  const minSupport = shareFrom(support, 'above')
  const minConfidence = shareFrom(confidence, 'from')
  const complaint = (text: string, share: number | null, least: string) =>
    share === null ? filled(words.percent, { found: text.trim(), least }) : undefined
  return (
    <>
      <Choose
        label={words.of}
        name="affinity-of"
        options={OF.map((value) => ({ value, text: words.ofs[value] }))}
        value={of}
        onChoose={setOf}
      />
      <section className="sheet report builder thresholds">
        <TypedField
          label={words.minSupport}
          testId="min-support"
          kind="money"
          text={support}
          problem={complaint(support, minSupport, '0.001')}
          onText={setSupport}
        />
        <TypedField
          label={words.minConfidence}
          testId="min-confidence"
          kind="money"
          text={confidence}
          problem={complaint(confidence, minConfidence, '0')}
          onText={setConfidence}
        />
      </section>
      {minSupport !== null && minConfidence !== null && <Found pin={pin} asks={{ of, minSupport, minConfidence }} />}
    </>
  )
}

function Found({
  pin,
  asks,
}: {
  readonly pin: string
  readonly asks: Readonly<Record<'minSupport' | 'minConfidence', number>> & { readonly of: (typeof OF)[number] }
}) {
  const words = useAffinityWords()
  const { asked, again } = useReport(pin, 'affinity', useSettled(asks))
  return (
    <AskedPart asked={asked} onAgain={again}>
      {(report) =>
        report.pairs.length === 0 ? (
          <section className="sheet report" data-testid="affinity-none">
            <p>{report.receipts === 0 ? words.nothing : words.none}</p>
          </section>
        ) : (
          <>
            {report.rules.length > 0 && <Rules pin={pin} report={report} />}
            <Pairs report={report} />
          </>
        )
      }
    </AskedPart>
  )
}

function Rules({ pin, report }: { readonly pin: string; readonly report: Report }) {
  const words = useAffinityWords()
  const figures = useFigures()
  const format = useFormat()
  const { t } = useTranslation()
  const [chosen, setChosen] = useState<Rule | null>(null)
  const [isAll, setAll] = useState(false)
  const nameOf = (item: string) => report.names[item] ?? item
  const shown = isAll ? report.rules : report.rules.slice(0, FIRST)
  return (
    <section className="sheet report" data-testid="affinity-rules">
      <header className="between">
        <h2>{words.title}</h2>
        <p className="soft">
          {filled(words.receipts, { count: figures.whole(report.receipts) })} ·{' '}
          {t('customers.asOf', { time: format.dayTime(report.at) })}
        </p>
      </header>
      <p className="soft">{words.note}</p>
      <div className="groups-head soft" aria-hidden="true">
        <span>
          {words.given} → {words.offer}
        </span>
        <span className="number">{words.lift}</span>
        <span className="number">{words.confidence}</span>
      </div>
      <ul className="groups">
        {shown.map((rule) => (
          <li key={`${rule.given}\n${rule.offer}`}>
            <button
              type="button"
              aria-pressed={chosen === rule}
              onClick={() => setChosen(chosen === rule ? null : rule)}
            >
              <span>
                {nameOf(rule.given)} → {nameOf(rule.offer)}
              </span>
              <span className="number">{filled(words.times, { lift: figures.fine(rule.lift) })}</span>
              <span className="number soft">
                {figures.percent(rule.confidence)} · {figures.whole(rule.receipts)}
              </span>
            </button>
            {chosen === rule && <Offer pin={pin} of={report.of} rule={rule} nameOf={nameOf} />}
          </li>
        ))}
      </ul>
      <div className="acts">
        {!isAll && report.rules.length > FIRST && (
          <button type="button" className="btn" data-testid="all-rules" onClick={() => setAll(true)}>
            {filled(words.all, { count: figures.whole(report.rules.length) })}
          </button>
        )}
        <CsvButton
          name={`affinity-${report.of}`}
          rows={() => [
            [words.given, words.offer, words.support, words.confidence, words.lift],
            ...report.rules.map((rule) => [
              nameOf(rule.given),
              nameOf(rule.offer),
              rule.receipts,
              rule.confidence.toFixed(4),
              rule.lift.toFixed(3),
            ]),
          ]}
        />
      </div>
    </section>
  )
}

/** Those who took the one and never the other, as a segment to write to. */
function Offer({
  pin,
  of,
  rule,
  nameOf,
}: {
  readonly pin: string
  readonly of: Report['of']
  readonly rule: Rule
  readonly nameOf: (item: string) => string
}) {
  const words = useAffinityWords()
  const named = { given: nameOf(rule.given), offer: nameOf(rule.offer) }
  const bought = (item: string) => ({ bought: of === 'goods' ? { sku: item } : { category: item } })
  return (
    <MakeSegment
      pin={pin}
      request={{ ask: 'save', kind: 'live', predicate: { all: [bought(rule.given), { not: bought(rule.offer) }] } }}
      name={filled(words.offerTo, named)}
      full={filled(words.segmentName, named).slice(0, 100)}
      note={filled(words.offerNote, named)}
    />
  )
}

function Pairs({ report }: { readonly report: Report }) {
  const words = useAffinityWords()
  const figures = useFigures()
  const nameOf = (item: string) => report.names[item] ?? item
  return (
    <section className="sheet report" data-testid="affinity-pairs">
      <h2>{words.pairs}</h2>
      <Table
        label={words.pairs}
        rows={report.pairs.slice(0, FIRST)}
        keyOf={({ items }) => items.join('\n')}
        columns={[
          { head: words.first, cell: ({ items }) => nameOf(items[0]) },
          { head: words.second, cell: ({ items }) => nameOf(items[1]) },
          { head: words.support, cell: ({ receipts }) => figures.whole(receipts), isNumber: true },
          { head: words.share, cell: ({ support }) => figures.percent(support), isNumber: true },
        ]}
      />
      <CsvButton
        name={`pairs-${report.of}`}
        rows={() => [
          [words.first, words.second, words.support, words.share, words.lift],
          ...report.pairs.map(({ items, receipts, support, lift }) => [
            nameOf(items[0]),
            nameOf(items[1]),
            receipts,
            support.toFixed(6),
            lift.toFixed(3),
          ]),
        ]}
      />
    </section>
  )
}
