import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { ReportOf } from '../../../shared/segments/analysis/reports.ts'
import { useFormat } from '../../components/format.ts'
import type { ru } from '../../words/ru/index.ts'
import { AskedPart } from './asked-part.tsx'
import { MakeSegment } from './make-segment.tsx'
import { CsvButton, Table, useFigures } from './parts.tsx'
import { RfmSettingsPart } from './rfm-settings.tsx'
import { useReport } from './use-report.ts'

type Group = keyof typeof ru.customers.group
type Chosen =
  | { readonly kind: 'cell'; readonly r: number; readonly f: number }
  | { readonly kind: 'group'; readonly name: string }

/** Recency across, frequency up; a cell opens into grades of what was spent, a group lights up its cells. */
export function RfmMap({ pin }: { readonly pin: string }) {
  const { asked, again } = useReport(pin, 'rfm', {})
  const groupName = useGroupName()
  // What is being changed below outlives the asking anew that saving it begins.
  const [latest, setLatest] = useState<ReportOf<'rfm'> | null>(null)
  if (asked.state === 'ready' && asked.report !== latest) setLatest(asked.report)
  return (
    <>
      <AskedPart asked={asked} onAgain={again}>
        {(report) => (report.members === 0 ? <Nobody /> : <RecencyByFrequency pin={pin} report={report} />)}
      </AskedPart>
      {latest !== null && <RfmSettingsPart pin={pin} report={latest} groupName={groupName} onSaved={again} />}
    </>
  )
}

/** The usual groups have words; own ones are called as they are. */
function useGroupName(): (name: string) => string {
  const { t } = useTranslation()
  return (name) => (name in GROUPS ? t(`customers.group.${name as Group}`) : name)
}

export function Nobody() {
  const { t } = useTranslation()
  return (
    <section className="sheet report" data-testid="nobody">
      <p>{t('customers.nobody')}</p>
    </section>
  )
}

function RecencyByFrequency({ pin, report }: { readonly pin: string; readonly report: ReportOf<'rfm'> }) {
  const { t } = useTranslation()
  const figures = useFigures()
  const format = useFormat()
  const [chosen, setChosen] = useState<Chosen | null>(null)
  const grades = Array.from({ length: report.grades }, (_, grade) => grade + 1)
  const cells = Object.entries(report.cells).map(([cell, members]) => ({ cell, members }))
  const sumOf = (wanted: (cell: string) => boolean) =>
    cells.filter(({ cell }) => wanted(cell)).reduce((sum, { members }) => sum + members, 0)
  const membersAt = (r: number, f: number) => sumOf((cell) => cell.startsWith(`${r}${f}`))
  const most = Math.max(...grades.flatMap((r) => grades.map((f) => membersAt(r, f))))
  const inGroup = (r: number, f: number) =>
    chosen?.kind === 'group' &&
    cells.some(({ cell }) => cell.startsWith(`${r}${f}`) && report.cellGroup[cell] === chosen.name)
  const isChosen = (r: number, f: number) => chosen?.kind === 'cell' && chosen.r === r && chosen.f === f
  const groupName = useGroupName()
  const named = (name: string) => ({
    name,
    full: t('customers.own.rfmName', { name }),
    note: t('customers.own.makeNote'),
  })
  return (
    <>
      <section className="sheet report" data-testid="rfm-map">
        <header className="between">
          <h2>{figures.customers(report.members)}</h2>
          <p className="soft">{t('customers.asOf', { time: format.dayTime(report.at) })}</p>
        </header>
        <p className="soft">{t('customers.rfm.mapNote')}</p>
        <div className="rfm">
          <span className="axis up">{t('customers.rfm.frequencyAxis')}</span>
          <fieldset className="cells" data-grades={report.grades} aria-label={t('customers.rfm.map')}>
            {grades.toReversed().flatMap((f) =>
              grades.map((r) => {
                const members = membersAt(r, f)
                const short = figures.short(members)
                const label = t('customers.rfm.cell', { r, f, members: figures.customers(members) })
                return (
                  <button
                    key={`${r}${f}`}
                    type="button"
                    data-testid={`rfm-${r}${f}`}
                    data-shade={members === 0 ? 0 : Math.ceil((members / most) * SHADES)}
                    data-lit={inGroup(r, f) || undefined}
                    aria-pressed={isChosen(r, f)}
                    aria-label={label.includes(short) ? label : `${short} · ${label}`}
                    onClick={() => setChosen(isChosen(r, f) ? null : { kind: 'cell', r, f })}
                  >
                    {short}
                  </button>
                )
              }),
            )}
          </fieldset>
          <span className="axis">{t('customers.rfm.recencyAxis')}</span>
        </div>
        {chosen?.kind === 'cell' && (
          <div data-testid="rfm-chosen">
            <h3>{t('customers.rfm.chosen', { r: chosen.r, f: chosen.f })}</h3>
            <Table
              label={t('customers.rfm.chosen', { r: chosen.r, f: chosen.f })}
              rows={grades.map((m) => `${chosen.r}${chosen.f}${m}`)}
              keyOf={(cell) => cell}
              columns={[
                {
                  head: 'RFM',
                  cell: (cell) => t('customers.rfm.monetary', { grade: cell[2]!, grades: report.grades }),
                },
                {
                  head: t('customers.column.group'),
                  cell: (cell) => (report.cellGroup[cell] === undefined ? '—' : groupName(report.cellGroup[cell])),
                },
                {
                  head: t('customers.column.members'),
                  cell: (cell) => figures.whole(report.cells[cell] ?? 0),
                  isNumber: true,
                },
                {
                  head: t('customers.column.revenue'),
                  cell: (cell) => format.money(report.cellRevenue[cell] ?? '0.00'),
                  isNumber: true,
                },
              ]}
            />
            {membersAt(chosen.r, chosen.f) > 0 && (
              <MakeSegment
                key={`${chosen.r}${chosen.f}`}
                pin={pin}
                request={{ ask: 'rfmCell', r: chosen.r, f: chosen.f }}
                {...named(`R${chosen.r} F${chosen.f}`)}
              />
            )}
          </div>
        )}
      </section>
      <section className="sheet report" data-testid="rfm-groups">
        <h2>{t('customers.rfm.groups')}</h2>
        <ul className="groups">
          {report.groups.map(({ name, members, revenue }) => {
            const isLit = chosen?.kind === 'group' && chosen.name === name
            return (
              <li key={name}>
                <button
                  type="button"
                  aria-pressed={isLit}
                  data-testid={`group-${name}`}
                  onClick={() => setChosen(isLit ? null : { kind: 'group', name })}
                >
                  <span>{groupName(name)}</span>
                  <span className="number">{figures.whole(members)}</span>
                  <span className="number soft">{format.money(revenue)}</span>
                </button>
              </li>
            )
          })}
        </ul>
        {chosen?.kind === 'group' && (
          <MakeSegment
            key={chosen.name}
            pin={pin}
            request={{ ask: 'rfm', group: chosen.name }}
            {...named(groupName(chosen.name))}
          />
        )}
        <CsvButton
          name="rfm"
          rows={() => [
            ['R', 'F', 'M', t('customers.column.group'), t('customers.column.members'), t('customers.column.revenue')],
            ...cells.map(({ cell, members }) => [
              cell[0]!,
              cell[1]!,
              cell[2]!,
              groupName(report.cellGroup[cell] ?? ''),
              members,
              report.cellRevenue[cell]!,
            ]),
          ]}
        />
      </section>
    </>
  )
}

const SHADES = 6
const GROUPS: Record<Group, true> = {
  champions: true,
  loyal: true,
  bigSpenders: true,
  newcomers: true,
  promising: true,
  needAttention: true,
  mustNotLose: true,
  atRisk: true,
  hibernating: true,
  lost: true,
}
