import { z } from 'zod'
import { surveyId } from './document.ts'

/**
 * What a manager's screen asks of surveys and tasks through the till's session, beside the sync protocol as campaigns are:
 * an older cloud has no such path and says so. A document travels as it is written; the cloud is the judge. Members are
 * counted, never named.
 */
const written = z.record(z.string(), z.unknown())
const count = z.int().min(0)
export const surveyState = z.enum(['draft', 'open', 'closed'])
export const taskState = z.enum(['draft', 'running', 'stopped'])

export const surveysRequest = z.discriminatedUnion('ask', [
  z.strictObject({ ask: z.literal('list') }),
  z.strictObject({ ask: z.literal('one'), survey: surveyId }),
  /** `over`: what it is a change of, as it was read; null: it is new. Missing: whatever is there is written over. */
  z.strictObject({ ask: z.literal('save'), document: written, over: written.nullable().optional() }),
  z.strictObject({ ask: z.literal('state'), survey: surveyId, state: surveyState.exclude(['draft']) }),
  z.strictObject({ ask: z.literal('drop'), survey: surveyId }),
  z.strictObject({ ask: z.literal('saveTask'), document: written }),
  z.strictObject({ ask: z.literal('taskState'), task: z.string().min(1).max(40), state: taskState.exclude(['draft']) }),
])
export type SurveysRequest = z.infer<typeof surveysRequest>

const taskRow = z.object({
  task: z.string(),
  document: written,
  state: taskState,
  beganAt: z.string().nullable(),
  paid: count,
  /** Done when it began: not paid. */
  before: count,
  unavailable: count,
  pointsGiven: z.string(),
})
export type TaskRow = z.infer<typeof taskRow>

const surveyRow = z.object({
  survey: z.string(),
  document: written,
  version: count,
  state: surveyState,
  beganAt: z.string().nullable(),
  asked: count,
  /** All of its questions, by whoever was asked or not. */
  answered: count,
  /** Of those, who did not want to say at least once. */
  declined: count,
  rewarded: count,
  pointsGiven: z.string(),
})
export type SurveyRow = z.infer<typeof surveyRow>

const questionReport = z.object({
  question: z.string(),
  kind: z.string(),
  attribute: z.string(),
  /** Of choices: how many chose each, the most first; of yes or no likewise. */
  answers: z.array(z.object({ answer: z.string(), members: count })),
  /** Own words and days: how many said something. */
  said: count,
  declined: count,
  /** Of numbers. */
  figures: z.object({ least: z.string(), average: z.string(), middle: z.string(), most: z.string() }).nullable(),
})
export type QuestionReport = z.infer<typeof questionReport>

export const surveyReport = z.object({
  ...surveyRow.shape,
  at: z.string(),
  via: z.object({ till: count, link: count }),
  questions: z.array(questionReport),
  tasks: z.array(taskRow),
})
export type SurveyReport = z.infer<typeof surveyReport>

const complaints = z.array(z.object({ path: z.string(), found: z.string(), allowed: z.string() }))

export const surveysReply = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('list'), at: z.string(), surveys: z.array(surveyRow), tasks: z.array(taskRow) }),
  z.object({ kind: z.literal('one'), ...surveyReport.shape }),
  z.object({ kind: z.literal('saved'), survey: z.string(), version: count }),
  z.object({ kind: z.literal('state'), state: surveyState }),
  z.object({ kind: z.literal('dropped') }),
  z.object({ kind: z.literal('savedTask'), task: z.string() }),
  z.object({ kind: z.literal('taskState'), state: taskState }),
  /** Not as a survey or a task has to be. */
  z.object({ kind: z.literal('invalid'), errors: complaints }),
])
export type SurveysReply = z.infer<typeof surveysReply>
