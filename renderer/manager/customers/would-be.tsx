import type { ReportOf } from '../../../shared/segments/analysis/reports.ts'
import type { ReportName } from '../../../shared/segments/analysis/settings.ts'
import { useSegmentWords } from '../../words/segments.ts'
import { Table, useFigures } from './parts.tsx'
import { type Settings, sameSettings } from './preset-draft.ts'
import { useReport } from './use-report.ts'
import { useSettled } from './use-settled.ts'

/** How large each part of a report is and would be with other settings, once nobody has typed for a moment. */
export function WouldBe<Name extends ReportName>({
  pin,
  report,
  from,
  to,
  head,
  sizesOf,
  nameOf,
}: {
  readonly pin: string
  readonly report: Name
  readonly from: Settings
  readonly to: Settings
  readonly head: string
  readonly sizesOf: (report: ReportOf<Name>) => Readonly<Record<string, number>>
  readonly nameOf: (part: string) => string
}) {
  const words = useSegmentWords()
  const figures = useFigures()
  const later = useSettled(to)
  const now = useReport(pin, report, from)
  const then = useReport(pin, report, later)
  const isWaiting = then.asked.state === 'loading' || now.asked.state === 'loading' || !sameSettings(later, to)
  if (isWaiting)
    return (
      <p role="status" className="soft" data-testid="would-be" data-state="loading">
        {words.counting}
      </p>
    )
  if (now.asked.state !== 'ready' || then.asked.state !== 'ready')
    return (
      <p role="status" className="bad" data-testid="would-be" data-state="failed">
        {words.uncounted}
      </p>
    )
  const [before, after] = [sizesOf(now.asked.report), sizesOf(then.asked.report)]
  return (
    <div role="status" data-testid="would-be" data-state="ready">
      <Table
        label={words.wouldBe}
        rows={[...new Set([...Object.keys(after), ...Object.keys(before)])]}
        keyOf={(part) => part}
        columns={[
          { head, cell: nameOf },
          { head: words.as, cell: (part) => figures.whole(before[part] ?? 0), isNumber: true },
          { head: words.wouldBe, cell: (part) => figures.whole(after[part] ?? 0), isNumber: true },
          {
            head: words.difference,
            cell: (part) => figures.change((after[part] ?? 0) - (before[part] ?? 0)),
            isNumber: true,
          },
        ]}
      />
    </div>
  )
}
