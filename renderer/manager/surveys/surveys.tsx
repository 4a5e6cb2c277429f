import { useState } from 'react'
import { unfinished } from '../unfinished.ts'
import { emptyDraft, type SurveyDraft } from './draft.ts'
import { SurveyEditor } from './survey-editor.tsx'
import { SurveyList } from './survey-list.tsx'
import { OneSurvey } from './survey-report.tsx'
import './surveys.css'

type View =
  | { readonly at: 'list' }
  | { readonly at: 'one'; readonly survey: string }
  | {
      readonly at: 'draft'
      readonly draft: SurveyDraft
      readonly written?: SurveyDraft
      readonly taken: readonly string[]
    }

/** The manager's surveys: all of them, one, or one while it is written. */
export function Surveys({ pin }: { readonly pin: string }) {
  const [view, setView] = useState<View>(whereLeft)
  const toList = () => setView({ at: 'list' })
  const toOne = (survey: string) => setView({ at: 'one', survey })
  switch (view.at) {
    case 'list':
      return (
        <SurveyList pin={pin} onOpen={toOne} onNew={(taken) => setView({ at: 'draft', draft: emptyDraft(), taken })} />
      )
    case 'one':
      return (
        <OneSurvey
          key={view.survey}
          pin={pin}
          survey={view.survey}
          onBack={toList}
          onWrite={(draft) => setView({ at: 'draft', draft, taken: [] })}
        />
      )
    case 'draft': {
      const { draft, written, taken } = view
      const back = () => (draft.id === '' ? toList() : toOne(draft.id))
      return <SurveyEditor pin={pin} begun={draft} written={written} taken={taken} onSaved={toOne} onCancel={back} />
    }
  }
}

/** What was being written is gone on with. */
function whereLeft(): View {
  const survey = unfinished('survey')
  if (survey === undefined) return { at: 'list' }
  return { at: 'draft', draft: survey.begun, written: survey.draft, taken: survey.taken }
}
