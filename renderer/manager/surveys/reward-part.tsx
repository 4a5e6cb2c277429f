import { useState } from 'react'
import { largestGift } from '../../../shared/campaigns/budget.ts'
import { budget as budgetSchema } from '../../../shared/campaigns/document.ts'
import { ARTICLE_BUDGET } from '../../../shared/campaigns/preset.ts'
import { formatPoints } from '../../../shared/money.ts'
import type { SurveyReport } from '../../../shared/surveys/ask.ts'
import { type TaskDocument, taskDocument } from '../../../shared/tasks/document.ts'
import { useFormat } from '../../components/format.ts'
import { useSurveyWords } from '../../words/survey-manager.ts'
import { useFigures } from '../customers/parts.tsx'
import { Field } from './field.tsx'
import { titleOf } from './survey-list.tsx'
import { askSurveys, problemOf } from './use-surveys.ts'

const NO_COMPLAINTS = new Map<string, never>()

/** What is given for answering a survey: a task of its own, begun and ended here. */
export function RewardPart({
  pin,
  report,
  onChanged,
}: {
  readonly pin: string
  readonly report: SurveyReport
  readonly onChanged: () => void
}) {
  const words = useSurveyWords()
  const figures = useFigures()
  const format = useFormat()
  const [typed, setTyped] = useState({ points: '50', lifeDays: '30', ...ARTICLE_BUDGET })
  const [problem, setProblem] = useState<string | null>(null)
  const [busy, setBusy] = useState(false)
  const running = report.tasks.find(({ state }) => state === 'running')
  const set = (change: Partial<typeof typed>) => setTyped({ ...typed, ...change })
  const taken = report.tasks.map(({ task }) => task)
  const id = [...Array(100).keys()]
    .map((number) => `${report.survey.slice(0, 32)}-${number + 1}`)
    .find((name) => !taken.includes(name))!
  const decimal = (text: string) => text.replace(/[\s\u00a0]/g, '').replace(',', '.')
  const budget = {
    averageCheck: decimal(typed.averageCheck),
    marginPercent: decimal(typed.marginPercent),
    sharePercent: decimal(typed.sharePercent),
  }
  const document = {
    schema: 'task/1',
    id,
    name: titleOf(report.document, 'ru').slice(0, 100),
    do: { kind: 'survey', survey: report.survey },
    reward: { kind: 'gift', points: decimal(typed.points), lifeDays: Number(typed.lifeDays) },
    budget,
  }
  const complain = (): string | null => {
    const read = taskDocument.safeParse(document)
    if (read.success) return null
    const isOver = read.error.issues.every(({ path, code }) => path.join('.') === 'reward.points' && code === 'custom')
    const limits = budgetSchema.safeParse(budget)
    return isOver && limits.success ? words.reward.budget(formatPoints(largestGift(limits.data))) : words.reward.wrong
  }
  const start = async () => {
    const wrong = complain()
    if (wrong !== null) return setProblem(wrong)
    setBusy(true)
    const saved = await askSurveys(pin, { ask: 'saveTask', document }, 'savedTask')
    const begun =
      saved.state === 'ready'
        ? await askSurveys(pin, { ask: 'taskState', task: id, state: 'running' }, 'taskState')
        : saved
    setBusy(false)
    setProblem(problemOf(words, begun))
    if (begun.state === 'ready') onChanged()
  }
  const stop = async (task: string) => {
    setBusy(true)
    const ended = await askSurveys(pin, { ask: 'taskState', task, state: 'stopped' }, 'taskState')
    setBusy(false)
    setProblem(problemOf(words, ended))
    if (ended.state === 'ready') onChanged()
  }
  return (
    <section className="sheet report builder" data-testid="survey-reward">
      <h2>{words.reward.title}</h2>
      {report.tasks.length === 0 && <p className="soft">{words.reward.none}</p>}
      {report.tasks.map(({ task, document: written, state, paid, pointsGiven }) => {
        const { reward } = written as Partial<TaskDocument>
        return (
          <p key={task} data-testid={`task-${task}`} data-state={state}>
            {reward?.kind === 'gift' && words.reward.shown(format.points(reward.points), String(reward.lifeDays))}
            {reward?.kind === 'coupon' && reward.coupon} · {words.state[state]} · {words.paid(figures.whole(paid))},{' '}
            {format.points(pointsGiven)}
          </p>
        )
      })}
      {running !== undefined ? (
        <div className="acts">
          <button
            type="button"
            className="btn"
            data-testid="reward-stop"
            disabled={busy}
            onClick={() => void stop(running.task)}
          >
            {words.reward.stop}
          </button>
        </div>
      ) : (
        <>
          <div className="together">
            {(['points', 'lifeDays', 'averageCheck', 'marginPercent', 'sharePercent'] as const).map((field) => (
              <Field
                key={field}
                isNumber
                name={`reward.${field}`}
                label={LABEL[field](words.reward)}
                value={typed[field]}
                onChange={(text) => set({ [field]: text })}
                complaints={NO_COMPLAINTS}
              />
            ))}
          </div>
          <p className="soft">{words.reward.note}</p>
          <div className="acts">
            <button
              type="button"
              className="btn main"
              data-testid="reward-start"
              disabled={busy}
              onClick={() => void start()}
            >
              {words.reward.start}
            </button>
          </div>
        </>
      )}
      {problem !== null && (
        <p role="alert" className="bad" data-testid="reward-problem">
          {problem}
        </p>
      )}
    </section>
  )
}

type RewardWords = ReturnType<typeof useSurveyWords>['reward']
const LABEL = {
  points: (words: RewardWords) => words.points,
  lifeDays: (words: RewardWords) => words.lifeDays,
  averageCheck: (words: RewardWords) => words.averageCheck,
  marginPercent: (words: RewardWords) => words.margin,
  sharePercent: (words: RewardWords) => words.share,
}
