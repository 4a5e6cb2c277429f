import { useTranslation } from 'react-i18next'
import { TELLING_MEMBERS } from '../../../shared/campaigns/uplift.ts'
import type { ReportOf } from '../../../shared/segments/analysis/reports.ts'
import { usePointsWords } from '../../words/points-report.ts'
import { CsvButton, Table, useFigures } from './parts.tsx'

/** Who came again after a free product, beside who had none. */
export function FreeProduct({ report }: { readonly report: ReportOf<'freeProduct'> }) {
  const words = usePointsWords()
  const figures = useFigures()
  const { i18n } = useTranslation()
  const locale = i18n.language === 'en' ? 'en-GB' : 'ru-RU'
  const signed = new Intl.NumberFormat(locale, { maximumFractionDigits: 1, signDisplay: 'exceptZero' })
  const { difference, days } = report
  const sides = [
    { name: words.free.with, ...report.with },
    { name: words.free.without, ...report.without },
  ]
  const inHundredths = (share: number) => signed.format(share * 100)
  const said =
    difference === 'too early to tell'
      ? words.free.early(TELLING_MEMBERS)
      : words.free.difference(
          words.free.shown(
            inHundredths(difference.estimate),
            inHundredths(difference.low),
            inHundredths(difference.high),
          ),
        )
  return (
    <section className="sheet report" data-testid="free-product">
      <h2>{words.free.title(days)}</h2>
      <Table
        label={words.free.title(days)}
        rows={sides}
        keyOf={({ name }) => name}
        columns={[
          { head: words.free.side, cell: ({ name }) => name },
          { head: words.free.members, cell: ({ members }) => figures.whole(members), isNumber: true },
          { head: words.free.repeated, cell: ({ repeated }) => figures.whole(repeated), isNumber: true },
          {
            head: words.free.share,
            cell: ({ share }) => (share === null ? '—' : figures.percent(share)),
            isNumber: true,
          },
        ]}
      />
      <p>
        <strong>{said}</strong>
      </p>
      <p className="soft">{words.free.note}</p>
      <CsvButton
        name="free-product"
        rows={() => [
          [words.free.side, words.free.members, words.free.repeated, words.free.share],
          ...sides.map(({ name, members, repeated, share }) => [name, members, repeated, share]),
        ]}
      />
    </section>
  )
}
