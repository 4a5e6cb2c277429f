import { readFile } from 'node:fs/promises'
import { memberId } from '../../shared/ids.ts'
import type { SurveyReport } from '../../shared/surveys/ask.ts'
import { wordsIn } from '../../shared/surveys/document.ts'
import type { Cloud } from '../cloud.ts'
import { Complaint } from '../complaint.ts'
import { bringFactsUp } from '../facts/keep.ts'
import { findMembers } from '../members/find.ts'
import type { CommandLine } from '../options.ts'
import { saveTask, setTaskState, type Task, tasks } from '../tasks/store.ts'
import { surveyLink } from './link.ts'
import { reportCsv, surveyReport } from './report.ts'
import { type Survey, saveSurvey, setSurveyState, surveyNamed, surveys } from './store.ts'

export const SURVEY_USAGE =
  'survey list | save FILE | open ID | close ID | report ID | csv ID | link ID --member MEMBER [--json]'
export const TASK_USAGE = 'task list | save FILE | start ID | stop ID [--json]'

interface Told {
  readonly json: unknown
  readonly lines: readonly string[]
}

/** What the owner asks of surveys on the command line. */
export async function surveyCommand(cloud: Cloud, line: CommandLine): Promise<void> {
  const [verb = 'list', name] = line.rest
  if (verb === 'csv') {
    await bringFactsUp(cloud)
    process.stdout.write(reportCsv(await surveyReport(cloud, needed(name, 'the id of a survey', SURVEY_USAGE))))
    return
  }
  tell(line, await aboutSurveys(cloud, verb, name, line))
}

/** Likewise of tasks. */
export async function taskCommand(cloud: Cloud, line: CommandLine): Promise<void> {
  const [verb = 'list', name] = line.rest
  tell(line, await aboutTasks(cloud, verb, name))
}

function tell({ flags }: CommandLine, { json, lines }: Told): void {
  process.stdout.write(flags.json ? `${JSON.stringify(json)}\n` : `${lines.join('\n')}\n`)
}

async function aboutSurveys(
  cloud: Cloud,
  verb: string,
  name: string | undefined,
  { flags }: CommandLine,
): Promise<Told> {
  const id = () => needed(name, 'the id of a survey', SURVEY_USAGE)
  switch (verb) {
    case 'list': {
      const all = await surveys(cloud)
      return {
        json: { surveys: all },
        lines: all.length === 0 ? ['There are no surveys yet.'] : all.map(surveyInWords),
      }
    }
    case 'save':
      return aboutSurvey(await saveSurvey(cloud, await readDocument(needed(name, 'a file', SURVEY_USAGE))))
    case 'open':
      return aboutSurvey(await setSurveyState(cloud, id(), 'open'))
    case 'close':
      return aboutSurvey(await setSurveyState(cloud, id(), 'closed'))
    case 'report': {
      await bringFactsUp(cloud)
      const report = await surveyReport(cloud, id())
      return { json: report, lines: reportInWords(report) }
    }
    case 'link': {
      await surveyNamed(cloud, id())
      const asked = memberId.safeParse(needed(flags.member, 'a member with --member', SURVEY_USAGE))
      const member = asked.success ? (await findMembers(cloud, { member: asked.data })).at(-1) : undefined
      if (member === undefined) throw new Complaint('No such member.')
      const link = surveyLink(cloud, id(), member)
      if (link === undefined) throw new Complaint('Links need an address: set BONUSBOOK_PUBLIC_URL.')
      return { json: { link }, lines: [link] }
    }
    default:
      throw new Complaint(`There is no "survey ${verb}". ${SURVEY_USAGE}`)
  }
}

async function aboutTasks(cloud: Cloud, verb: string, name: string | undefined): Promise<Told> {
  const id = () => needed(name, 'the id of a task', TASK_USAGE)
  switch (verb) {
    case 'list': {
      const all = await tasks(cloud)
      return { json: { tasks: all }, lines: all.length === 0 ? ['There are no tasks yet.'] : all.map(taskInWords) }
    }
    case 'save':
      return aboutTask(await saveTask(cloud, await readDocument(needed(name, 'a file', TASK_USAGE))))
    case 'start':
      return aboutTask(await setTaskState(cloud, id(), 'running'))
    case 'stop':
      return aboutTask(await setTaskState(cloud, id(), 'stopped'))
    default:
      throw new Complaint(`There is no "task ${verb}". ${TASK_USAGE}`)
  }
}

const aboutSurvey = (survey: Survey): Told => ({ json: survey, lines: [surveyInWords(survey)] })
const aboutTask = (task: Task): Told => ({ json: task, lines: [taskInWords(task)] })

const surveyInWords = ({ document: { id, title, questions }, version, state }: Survey) =>
  `${id.padEnd(24)} ${state}, version ${version}: ${wordsIn(title, 'en')}, questions: ${questions.length}`

const taskInWords = ({ document: { id, name, do: what, reward }, state }: Task) =>
  `${id.padEnd(24)} ${state}: ${name}, ${what.kind}, ${reward.kind === 'gift' ? `${reward.points} points for ${reward.lifeDays} days` : `coupon ${reward.coupon}`}`

function reportInWords(report: SurveyReport): string[] {
  const { survey, state, version, asked, answered, declined, via, rewarded, pointsGiven } = report
  return [
    `${survey}, ${state}, version ${version}`,
    `  asked ${asked}, answered ${answered} (${via.till} at the till, ${via.link} by link), of them declined something ${declined}`,
    `  rewarded ${rewarded}, points given ${pointsGiven}`,
    ...report.questions.map(({ question, answers, said, declined: without, figures }) => {
      const told =
        figures === null
          ? answers.length === 0
            ? `${said} said something`
            : answers.map(({ answer, members }) => `${answer} ${members}`).join(', ')
          : `${said} answers, from ${figures.least} to ${figures.most}, on average ${figures.average}, half below ${figures.middle}`
      return `  ${question}: ${told}; declined ${without}`
    }),
  ]
}

function needed(text: string | undefined, what: string, usage: string): string {
  if (text === undefined) throw new Complaint(`Name ${what}. ${usage}`)
  return text
}

async function readDocument(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8'))
  } catch (error) {
    throw new Complaint(`${file} cannot be read as JSON: ${(error as Error).message}`)
  }
}
