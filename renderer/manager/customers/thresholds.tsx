import { useEffect, useId, useState } from 'react'
import type { ReportOf } from '../../../shared/segments/analysis/reports.ts'
import { FAMILY_SETTINGS, type Family } from '../../../shared/segments/families.ts'
import { filled, useSegmentWords } from '../../words/segments.ts'
import { Table, useFigures } from './parts.tsx'
import {
  type Draft,
  draftOf,
  type FieldName,
  fieldsOf,
  kindOf,
  type Problem,
  type Settings,
  sameSettings,
  settingsFrom,
  usualOf,
} from './preset-draft.ts'
import { useProblemWords } from './problem-words.ts'
import { type Asked, useReport } from './use-report.ts'
import { askSegments } from './use-segments.ts'

/** The numbers of a preset: changed, looked at before they count, saved, and put back to the usual ones. */
export function Thresholds({
  pin,
  family,
  settings: saved,
  nameOf,
  onSaved,
}: {
  readonly pin: string
  readonly family: Family
  readonly settings: Settings
  readonly nameOf: (segment: string) => string
  readonly onSaved: (settings: Settings) => void
}) {
  const words = useSegmentWords()
  const problemWords = useProblemWords()
  const [draft, setDraft] = useState<Draft>(() => draftOf(saved))
  const [busy, setBusy] = useState(false)
  const [told, setTold] = useState<{ readonly ok: boolean; readonly text: string } | null>(null)
  const read = settingsFrom(family, draft)
  const usual = usualOf(family)
  const isChanged = !read.ok || !sameSettings(read.settings, saved)
  const put = (changed: Draft) => {
    setDraft(changed)
    setTold(null)
  }
  const save = async () => {
    if (!read.ok) return
    setBusy(true)
    const answer = await askSegments(pin, { ask: 'setPreset', family, settings: { ...read.settings } }, 'preset')
    setBusy(false)
    if (answer.state !== 'ready') {
      const isRefused = answer.state === 'failed' && answer.code === 'bad_request'
      return setTold({ ok: false, text: isRefused ? filled(words.refused, answer) : (problemWords(answer) ?? '') })
    }
    const now = FAMILY_SETTINGS[family].parse(answer.report.settings)
    setDraft(draftOf(now))
    setTold({ ok: true, text: words.saved })
    onSaved(now)
  }
  const whole = read.ok ? undefined : read.problems.get('all')
  return (
    <section className="sheet report builder" data-testid="thresholds">
      <h2>{words.thresholds}</h2>
      <p className="soft">{words.note}</p>
      <div className="thresholds">
        {fieldsOf(family).map((name) => (
          <Threshold
            key={name}
            name={name}
            kind={kindOf(usual[name])}
            text={draft[name] ?? ''}
            problem={read.ok ? undefined : read.problems.get(name)}
            onText={(text) => put({ ...draft, [name]: text })}
          />
        ))}
      </div>
      {whole !== undefined && (
        <p role="alert" className="bad" data-testid="threshold-order">
          {words.order}
        </p>
      )}
      {read.ok && isChanged && <WouldBe pin={pin} family={family} from={saved} to={read.settings} nameOf={nameOf} />}
      {told !== null && (
        <p
          role={told.ok ? 'status' : 'alert'}
          className={told.ok ? 'good' : 'bad'}
          data-testid={told.ok ? 'thresholds-saved' : 'thresholds-problem'}
        >
          {told.text}
        </p>
      )}
      <div className="acts">
        <button
          type="button"
          className="btn main"
          data-testid="thresholds-save"
          disabled={busy || !read.ok || !isChanged}
          onClick={save}
        >
          {words.save}
        </button>
        <button
          type="button"
          className="btn"
          data-testid="thresholds-restore"
          disabled={busy || !isChanged}
          onClick={() => put(draftOf(saved))}
        >
          {words.restore}
        </button>
        <button
          type="button"
          className="btn"
          data-testid="thresholds-usual"
          disabled={busy || (read.ok && sameSettings(read.settings, usual))}
          onClick={() => put(draftOf(usual))}
        >
          {words.usual}
        </button>
        {sameSettings(saved, usual) && !isChanged && <span className="soft">{words.isUsual}</span>}
      </div>
    </section>
  )
}

function Threshold({
  name,
  kind,
  text,
  problem,
  onText,
}: {
  readonly name: FieldName
  readonly kind: ReturnType<typeof kindOf>
  readonly text: string
  readonly problem: Problem | undefined
  readonly onText: (text: string) => void
}) {
  const words = useSegmentWords()
  const id = useId()
  const sentence = problem === undefined || problem.kind === 'order' ? undefined : words[problem.kind]
  return (
    <div className="threshold" data-list={kind === 'list' || undefined}>
      <label htmlFor={id}>{words.field[name]}</label>
      <input
        id={id}
        data-testid={`threshold-${name}`}
        inputMode={kind === 'whole' ? 'numeric' : kind === 'money' ? 'decimal' : 'text'}
        value={text}
        aria-invalid={problem !== undefined}
        aria-describedby={`${id}-problem`}
        onChange={(event) => onText(event.target.value)}
      />
      <p id={`${id}-problem`} role="status" className="bad">
        {problem === undefined || sentence === undefined
          ? ''
          : filled(sentence, { found: problem.found, limit: problem.limit ?? '' })}
      </p>
    </div>
  )
}

const COUNT_AFTER_MS = 600

/** How large each segment is and would be, once nobody has typed for a moment. */
function WouldBe({
  pin,
  family,
  from,
  to,
  nameOf,
}: {
  readonly pin: string
  readonly family: Family
  readonly from: Settings
  readonly to: Settings
  readonly nameOf: (segment: string) => string
}) {
  const words = useSegmentWords()
  const figures = useFigures()
  const later = useSettled(to, COUNT_AFTER_MS)
  const now = useReport(pin, family, from)
  const then = useReport(pin, family, later)
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
  const [before, after] = [sizesOf(now.asked), sizesOf(then.asked)]
  return (
    <div role="status" data-testid="would-be" data-state="ready">
      <Table
        label={words.wouldBe}
        rows={Object.keys(after)}
        keyOf={(segment) => segment}
        columns={[
          { head: words.thresholds, cell: nameOf },
          { head: words.as, cell: (segment) => figures.whole(before[segment] ?? 0), isNumber: true },
          { head: words.wouldBe, cell: (segment) => figures.whole(after[segment]!), isNumber: true },
          {
            head: words.difference,
            cell: (segment) => figures.change(after[segment]! - (before[segment] ?? 0)),
            isNumber: true,
          },
        ]}
      />
    </div>
  )
}

/** A value once it has not changed for a moment. */
function useSettled<T>(value: T, afterMs: number): T {
  const [settled, setSettled] = useState(value)
  const wish = JSON.stringify(value)
  useEffect(() => {
    const timer = setTimeout(() => setSettled(JSON.parse(wish) as T), afterMs)
    return () => clearTimeout(timer)
  }, [wish, afterMs])
  return settled
}

const sizesOf = (asked: Extract<Asked<ReportOf<Family>>, { state: 'ready' }>) =>
  asked.report.segments as Readonly<Record<string, number>>
