import { useEffect, useState } from 'react'
import type { ReportOf } from '../../../shared/segments/analysis/reports.ts'
import { type RfmSettings, rfmSettings } from '../../../shared/segments/analysis/rfm.ts'
import { type RfmWords, useRfmWords } from '../../words/rfm-settings.ts'
import { filled, useSegmentWords } from '../../words/segments.ts'
import { AskedPart } from './asked-part.tsx'
import { Choose, useFigures } from './parts.tsx'
import { sameSettings } from './preset-draft.ts'
import { useProblemWords } from './problem-words.ts'
import {
  type Cuts,
  FACTORS,
  type Factor,
  GRADES,
  kindOfFactor,
  type RfmDraft,
  type RfmRead,
  rfmDraftOf,
  rfmSettingsFrom,
  withGrades,
} from './rfm-draft.ts'
import { RfmGroups } from './rfm-groups.tsx'
import { SettingActs, type Told } from './setting-acts.tsx'
import { TypedField, useTypedProblem } from './typed-field.tsx'
import type { Asked } from './use-report.ts'
import { askSegments } from './use-segments.ts'
import { WouldBe } from './would-be.tsx'

const METHODS = ['quantile', 'thresholds'] as const
const USUAL = rfmSettings.parse({})

interface Shown {
  readonly pin: string
  readonly report: ReportOf<'rfm'>
  readonly groupName: (name: string) => string
  readonly onSaved: () => void
}

/** Below the map: how grades are given and what groups of them are called. Asked for when it is opened. */
export function RfmSettingsPart(shown: Shown) {
  const words = useRfmWords()
  const [isOpen, setOpen] = useState(false)
  return (
    <section className="sheet report">
      <details data-testid="rfm-settings-part" onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary>{words.open}</summary>
        {isOpen && <Opened {...shown} />}
      </details>
    </section>
  )
}

function Opened(shown: Shown) {
  const { pin } = shown
  const problemWords = useProblemWords()
  const [asked, setAsked] = useState<Asked<RfmSettings>>({ state: 'loading' })
  const [round, setRound] = useState(0)
  // biome-ignore lint/correctness/useExhaustiveDependencies: `round` asks again
  useEffect(() => {
    let isLate = false
    setAsked({ state: 'loading' })
    void askSegments(pin, { ask: 'rfmSettings' }, 'rfmSettings').then((answer) => {
      if (isLate) return
      if (answer.state !== 'ready') return setAsked(answer)
      const read = rfmSettings.safeParse(answer.report.settings)
      setAsked(read.success ? { state: 'ready', report: read.data } : { state: 'failed', code: 'bad_answer' })
    })
    return () => {
      isLate = true
    }
  }, [pin, round])
  return (
    <AskedPart asked={asked} onAgain={() => setRound((before) => before + 1)} problem={problemWords(asked)}>
      {(settings) => <Editor {...shown} settings={settings} />}
    </AskedPart>
  )
}

function Editor({ pin, report, groupName, settings, onSaved }: Shown & { readonly settings: RfmSettings }) {
  const words = useRfmWords()
  const segmentWords = useSegmentWords()
  const problemWords = useProblemWords()
  const [saved, setSaved] = useState(settings)
  const [draft, setDraft] = useState(() => rfmDraftOf(settings, report.cuts))
  const [busy, setBusy] = useState(false)
  const [told, setTold] = useState<Told | null>(null)
  const read = rfmSettingsFrom(draft)
  const isChanged = !read.ok || !sameSettings(read.settings, saved)
  const put = (changed: RfmDraft) => {
    setDraft(changed)
    setTold(null)
  }
  const save = async () => {
    if (!read.ok) return
    setBusy(true)
    const answer = await askSegments(pin, { ask: 'setRfm', settings: { ...read.settings } }, 'rfmSettings')
    setBusy(false)
    if (answer.state !== 'ready') {
      const isRefused = answer.state === 'failed' && answer.code === 'bad_request'
      const text = isRefused ? filled(segmentWords.refused, { code: answer.code }) : (problemWords(answer) ?? '')
      return setTold({ ok: false, text })
    }
    const now = rfmSettings.parse(answer.report.settings)
    setSaved(now)
    setTold({ ok: true, text: segmentWords.saved })
    onSaved()
  }
  return (
    <div className="builder" data-testid="rfm-settings">
      <p className="soft">{words.note}</p>
      <Method draft={draft} onDraft={put} />
      {draft.method === 'thresholds' ? (
        <Thresholds draft={draft} read={read} onDraft={put} />
      ) : (
        <CutsNow cuts={report.cuts} words={words} />
      )}
      <RfmGroups draft={draft} read={read} groupName={groupName} onDraft={put} />
      {read.ok && isChanged && (
        <WouldBe
          pin={pin}
          report="rfm"
          from={saved}
          to={read.settings}
          head={words.group}
          sizesOf={({ groups }) => Object.fromEntries(groups.map(({ name, members }) => [name, members]))}
          nameOf={groupName}
        />
      )}
      <SettingActs
        name="rfm"
        told={told}
        canSave={!busy && read.ok && isChanged}
        canRestore={!busy && isChanged}
        canUse={!busy && !(read.ok && sameSettings(read.settings, USUAL))}
        isUsual={sameSettings(saved, USUAL) && !isChanged}
        onSave={save}
        onRestore={() => put(rfmDraftOf(saved, report.cuts))}
        onUsual={() => put(rfmDraftOf(USUAL, report.cuts))}
      />
    </div>
  )
}

interface Drafting {
  readonly draft: RfmDraft
  readonly onDraft: (draft: RfmDraft) => void
}

function Method({ draft, onDraft }: Drafting) {
  const words = useRfmWords()
  return (
    <>
      <Choose
        label={words.method}
        name="rfm-method"
        options={METHODS.map((value) => ({ value, text: words.methods[value] }))}
        value={draft.method}
        onChoose={(method) => onDraft({ ...withGrades(draft, draft.grades), method })}
      />
      <p className="soft">{words.methodNote[draft.method]}</p>
      <p>{words.grades}</p>
      <Choose
        label={words.grades}
        name="rfm-grades"
        options={GRADES.map((grades) => ({ value: String(grades), text: String(grades) }))}
        value={String(draft.grades)}
        onChoose={(grades) => onDraft(withGrades(draft, Number(grades)))}
      />
    </>
  )
}

function CutsNow({ cuts, words }: { readonly cuts: Cuts; readonly words: RfmWords }) {
  const figures = useFigures()
  return (
    <section aria-label={words.now} data-testid="rfm-cuts">
      <h3>{words.now}</h3>
      <ul className="soft cuts">
        {FACTORS.map((factor) => (
          <li key={factor}>
            {filled(words.nowOf[factor], { cuts: cuts[factor].map(figures.fine).join(' · ') || '—' })}
          </li>
        ))}
      </ul>
    </section>
  )
}

function Thresholds({ draft, read, onDraft }: Drafting & { readonly read: RfmRead }) {
  const words = useRfmWords()
  const sentence = useTypedProblem()
  const problems = read.ok ? undefined : read.problems
  const put = (factor: Factor, place: number, text: string) =>
    onDraft({
      ...draft,
      thresholds: { ...draft.thresholds, [factor]: draft.thresholds[factor].with(place, text) },
    })
  // Recency counts down: the fewer days, the better.
  const gradeAt = (factor: Factor, place: number) => (factor === 'r' ? draft.grades - place : place + 1)
  return FACTORS.map((factor) => (
    <fieldset key={factor} className="thresholds" aria-label={words.factor[factor]}>
      {draft.thresholds[factor].map((text, place) => (
        <TypedField
          // biome-ignore lint/suspicious/noArrayIndexKey: a threshold is its place
          key={place}
          label={filled(words.threshold[factor], { grade: gradeAt(factor, place) })}
          testId={`rfm-${factor}-${place}`}
          kind={kindOfFactor(factor)}
          text={text}
          problem={sentence(problems?.get(`${factor}.${place}`))}
          onText={(typed) => put(factor, place, typed)}
        />
      ))}
      <p className="soft">{filled(words.beyond, { grade: gradeAt(factor, draft.grades - 1) })}</p>
      {problems?.has(factor) && (
        <p role="alert" className="bad" data-testid={`rfm-order-${factor}`}>
          {filled(words.order, { factor: words.factor[factor] })}
        </p>
      )}
    </fieldset>
  ))
}
