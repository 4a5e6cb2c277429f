import { useMemo } from 'react'
import type { ReportOf } from '../../../shared/segments/analysis/reports.ts'
import { useFormat } from '../../components/format.ts'
import { usePointsWords } from '../../words/points-report.ts'
import { AskedPart } from './asked-part.tsx'
import { Bars } from './bars.tsx'
import { FreeProduct } from './free-product.tsx'
import { CsvButton, Table, useFigures } from './parts.tsx'
import { useReport } from './use-report.ts'

/** What points cost and bring: what is out and when it burns, purchases with points beside those without, reach. */
export function Points({ pin }: { readonly pin: string }) {
  const points = useReport(pin, 'points', {})
  const redemption = useReport(pin, 'redemption', {})
  const repeat = useReport(pin, 'repeat', {})
  const free = useReport(pin, 'freeProduct', {})
  return (
    <div className="stacked" data-testid="points-report">
      <AskedPart asked={points.asked} onAgain={points.again}>
        {(report) => <Out report={report} />}
      </AskedPart>
      <AskedPart asked={redemption.asked} onAgain={redemption.again}>
        {(report) => <Redemption report={report} />}
      </AskedPart>
      <AskedPart asked={repeat.asked} onAgain={repeat.again}>
        {(report) => <Repeat report={report} />}
      </AskedPart>
      {/* an older cloud has no such report */}
      {!(free.asked.state === 'failed' && free.asked.code === 'bad_request') && (
        <AskedPart asked={free.asked} onAgain={free.again}>
          {(report) => <FreeProduct report={report} />}
        </AskedPart>
      )}
    </div>
  )
}

function Out({ report: { outstanding, months } }: { readonly report: ReportOf<'points'> }) {
  const words = usePointsWords()
  const format = useFormat()
  const figures = useFigures()
  const bars = useMemo(
    () => (outstanding?.burning ?? []).map(({ month, points }) => ({ name: month, value: Number(points) })),
    [outstanding],
  )
  return (
    <>
      {outstanding !== null && (
        <section className="sheet report">
          <h2>{words.out}</h2>
          <dl className="facts">
            <Fact name={words.points} shown={format.number(outstanding.points)} testId="points-out" />
            {outstanding.liability !== null && (
              <Fact name={words.liability} shown={format.money(outstanding.liability)} testId="points-liability" />
            )}
            <Fact name={words.members} shown={figures.whole(outstanding.members)} />
            <Fact name={words.pending} shown={format.number(outstanding.pending)} />
            <Fact name={words.debt} shown={format.number(outstanding.debt)} />
          </dl>
          <h2>{words.burning}</h2>
          {bars.length === 0 ? (
            <p className="soft">{words.never}</p>
          ) : (
            <Bars label={words.burning} bars={bars} shown={figures.whole} />
          )}
        </section>
      )}
      <section className="sheet report">
        <h2>{words.months}</h2>
        {months.length === 0 ? (
          <p className="soft">{words.none}</p>
        ) : (
          <Table
            label={words.months}
            rows={[...months].reverse()}
            keyOf={({ month }) => month}
            columns={[
              { head: words.month, cell: ({ month }) => month },
              { head: words.purchases, cell: ({ purchases }) => figures.whole(purchases), isNumber: true },
              { head: words.earned, cell: ({ earned }) => format.number(earned), isNumber: true },
              { head: words.redeemed, cell: ({ redeemed }) => format.number(redeemed), isNumber: true },
            ]}
          />
        )}
        <CsvButton
          name="points"
          rows={() => [
            [words.month, words.purchases, words.earned, words.redeemed],
            ...months.map(({ month, purchases, earned, redeemed }) => [month, purchases, earned, redeemed]),
          ]}
        />
      </section>
    </>
  )
}

function Redemption({ report }: { readonly report: ReportOf<'redemption'> }) {
  const words = usePointsWords()
  const format = useFormat()
  const figures = useFigures()
  const { first } = report
  const sides = [
    { name: words.with, ...report.with },
    { name: words.without, ...report.without },
  ]
  return (
    <section className="sheet report" data-testid="redemption">
      <h2>{words.redemption}</h2>
      <Table
        label={words.redemption}
        rows={sides}
        keyOf={({ name }) => name}
        columns={[
          { head: words.side, cell: ({ name }) => name },
          { head: words.purchases, cell: ({ purchases }) => figures.whole(purchases), isNumber: true },
          { head: words.share, cell: ({ share }) => (share === null ? '—' : figures.percent(share)), isNumber: true },
          {
            head: words.check,
            cell: ({ averageCheck }) => (averageCheck === null ? '—' : format.money(averageCheck)),
            isNumber: true,
          },
        ]}
      />
      <h2>{words.first}</h2>
      {first.medianSpend === null || first.medianPurchases === null ? (
        <p className="soft">{words.none}</p>
      ) : (
        <dl className="facts">
          <Fact name={words.spend} shown={format.money(first.medianSpend)} testId="points-reach" />
          <Fact name={words.visits} shown={figures.fine(first.medianPurchases)} />
          <Fact name={words.reached} shown={figures.percent(first.share ?? 0)} />
        </dl>
      )}
      <CsvButton
        name="redemption"
        rows={() => [
          [words.side, words.purchases, words.share, words.check],
          ...sides.map(({ name, purchases, share, averageCheck }) => [name, purchases, share, averageCheck]),
        ]}
      />
    </section>
  )
}

function Repeat({ report: { days, share, repeated, eligible } }: { readonly report: ReportOf<'repeat'> }) {
  const words = usePointsWords()
  const figures = useFigures()
  const of = words.repeated
    .replace('{{repeated}}', figures.whole(repeated))
    .replace('{{eligible}}', figures.whole(eligible))
  return (
    <section className="sheet report" data-testid="repeat">
      <h2>{words.repeat.replace('{{days}}', String(days))}</h2>
      {share === null ? (
        <p className="soft">{words.none}</p>
      ) : (
        <dl className="facts">
          <Fact name={of} shown={figures.percent(share)} />
        </dl>
      )}
    </section>
  )
}

function Fact({ name, shown, testId }: { readonly name: string; readonly shown: string; readonly testId?: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd data-testid={testId}>{shown}</dd>
    </div>
  )
}
