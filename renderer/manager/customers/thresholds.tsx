import { useState } from 'react'
import { FAMILY_SETTINGS, type Family } from '../../../shared/segments/families.ts'
import { filled, useSegmentWords } from '../../words/segments.ts'
import {
  type Draft,
  draftOf,
  fieldsOf,
  kindOf,
  type Settings,
  sameSettings,
  settingsFrom,
  usualOf,
} from './preset-draft.ts'
import { useProblemWords } from './problem-words.ts'
import { SettingActs } from './setting-acts.tsx'
import { TypedField, useTypedProblem } from './typed-field.tsx'
import { askSegments } from './use-segments.ts'
import { WouldBe } from './would-be.tsx'

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
  const sentence = useTypedProblem()
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
      return setTold({
        ok: false,
        text: isRefused ? filled(words.refused, { code: answer.code }) : (problemWords(answer) ?? ''),
      })
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
        {fieldsOf(family).map((name) => {
          const kind = kindOf(usual[name])
          return (
            <TypedField
              key={name}
              label={words.field[name]}
              testId={`threshold-${name}`}
              kind={kind}
              text={draft[name] ?? ''}
              problem={read.ok ? undefined : sentence(read.problems.get(name))}
              onText={(text) => put({ ...draft, [name]: text })}
            />
          )
        })}
      </div>
      {whole !== undefined && (
        <p role="alert" className="bad" data-testid="threshold-order">
          {words.order}
        </p>
      )}
      {read.ok && isChanged && (
        <WouldBe
          pin={pin}
          report={family}
          from={saved}
          to={read.settings}
          head={words.thresholds}
          sizesOf={({ segments }) => segments}
          nameOf={nameOf}
        />
      )}
      <SettingActs
        name="thresholds"
        told={told}
        canSave={!busy && read.ok && isChanged}
        canRestore={!busy && isChanged}
        canUse={!busy && !(read.ok && sameSettings(read.settings, usual))}
        isUsual={sameSettings(saved, usual) && !isChanged}
        onSave={save}
        onRestore={() => put(draftOf(saved))}
        onUsual={() => put(draftOf(usual))}
      />
    </section>
  )
}
