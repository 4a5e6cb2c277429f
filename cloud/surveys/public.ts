import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { programmeName } from '../../shared/intake/intake.ts'
import { type AnswerTrouble, DECLINED, readAnswer } from '../../shared/surveys/answer.ts'
import { type AskedSurvey, NONE_CHOSEN } from '../../shared/surveys/document.ts'
import type { Cloud } from '../cloud.ts'
import { transaction } from '../database/transaction.ts'
import { attemptLimit } from '../http/attempts.ts'
import { Refusal } from '../http/refusal.ts'
import { intakeOf, ledgerReads } from '../ledger/postgres-store.ts'
import { readProfiles } from '../members/profiles.ts'
import { readToken } from './link.ts'
import { fieldName, formPage, type Note, notePage, PAGE_POLICY, type PageLanguage, type Typed } from './page.ts'
import { rewardsFor } from './rewards.ts'
import { type Standing, standingOf, submitAnswers } from './submit.ts'

/** Where a member answers by a link. The link is all the right that there is: no cookie, no session. Rules K120, K121. */

const FORM_BYTES_MAX = 32_000
/** Wrong links from one address in a minute, and forms. */
const WRONG_MAX = 20
const FORMS_MAX = 60

const STATUS: Readonly<Record<Note, number>> = { thanks: 200, over: 410, unknown: 404, tooOften: 429, failed: 503 }

export function surveyPages(app: FastifyInstance, cloud: Cloud): void {
  const now = () => cloud.clock().getTime()
  const [wrong, forms] = [attemptLimit(WRONG_MAX, now), attemptLimit(FORMS_MAX, now)]
  app.register(async (scope) => {
    scope.addContentTypeParser(
      'application/x-www-form-urlencoded',
      { parseAs: 'string', bodyLimit: FORM_BYTES_MAX },
      async (_: unknown, body: string) => new URLSearchParams(body),
    )
    scope.setErrorHandler(async (error, request, reply) => {
      const isOurs = !(error instanceof Refusal) && ((error as { statusCode?: number }).statusCode ?? 500) >= 500
      if (isOurs) request.log.error({ err: error }, 'a survey page failed')
      const tooOften = error instanceof Refusal && error.problem.status === 429
      return note(reply, languageOf(request), '', tooOften ? 'tooOften' : isOurs ? 'failed' : 'unknown')
    })

    const open = async (request: FastifyRequest) => {
      wrong.check(request.ip)
      const read = readToken(cloud, (request.params as { token: string }).token)
      if (read === undefined) wrong.failed(request.ip)
      const language = languageOf(request) ?? (read && (await spokenBy(cloud, read.member))) ?? preferred(request)
      const shop = await programmeName(intakeOf(cloud), ledgerReads(cloud, cloud.db))
      const standing: Standing =
        read === undefined
          ? { is: 'unknown' }
          : await transaction(cloud.db, (tx) => standingOf(cloud, tx, read.survey, read.member))
      return { read, standing, language, shop }
    }

    scope.get('/survey/:token', async (request, reply) => {
      const { standing, language, shop } = await open(request)
      if (standing.is !== 'open') return note(reply, language, shop, noteOf(standing.is))
      const rewards = await rewardsFor(cloud, standing.name, language)
      return html(reply, 200, formPage({ language, shop }, standing.survey, rewards))
    })

    scope.post('/survey/:token', async (request, reply) => {
      forms.check(request.ip)
      forms.failed(request.ip)
      const { read, standing, language, shop } = await open(request)
      // the link is a secret of the member's own; a form on another site has no business with it all the same
      if (read === undefined || request.headers['sec-fetch-site'] === 'cross-site') {
        return note(reply, language, shop, 'unknown')
      }
      if (standing.is !== 'open') return note(reply, language, shop, noteOf(standing.is))
      const form = request.body instanceof URLSearchParams ? request.body : new URLSearchParams()
      const { answers, typed } = answersIn(standing.survey, form)
      if (typed !== undefined) {
        const rewards = await rewardsFor(cloud, standing.name, language)
        return html(reply, 400, formPage({ language, shop }, standing.survey, rewards, typed))
      }
      const became = await submitAnswers(cloud, read.survey, read.member, answers)
      if (became !== 'booked' && became !== 'answered') return note(reply, language, shop, noteOf(became))
      return reply.code(303).header('location', `?l=${language}`).headers(HEADERS).send()
    })
  })
}

const noteOf = (is: Exclude<Standing['is'], 'open'> | 'open' | 'booked'): Note =>
  is === 'answered' || is === 'booked' ? 'thanks' : is === 'over' ? 'over' : 'unknown'

/** What a form says; `typed`: it cannot be taken as it is. */
function answersIn(
  { questions }: AskedSurvey,
  form: URLSearchParams,
): { readonly answers: ReadonlyMap<string, string>; readonly typed?: Typed } {
  if (form.get('do') === 'decline') return { answers: new Map() }
  const [answers, values, troubles] = [
    new Map<string, string>(),
    new Map<string, string[]>(),
    new Map<string, AnswerTrouble>(),
  ]
  for (const question of questions) {
    const given = form.getAll(fieldName(question)).filter((each) => each.trim() !== '')
    values.set(question.id, given)
    const chosen = given.filter((each) => each !== NONE_CHOSEN)
    const read = readAnswer(
      question,
      question.kind === 'several' && chosen.length > 0
        ? chosen
        : question.kind === 'several'
          ? given
          : (given[0] ?? ''),
    )
    if (read.ok) answers.set(question.id, read.value)
    else troubles.set(question.id, read.reason)
  }
  const isEmpty = troubles.size === 0 && [...answers.values()].every((answer) => answer === DECLINED)
  return troubles.size > 0 || isEmpty ? { answers, typed: { values, troubles, isEmpty } } : { answers }
}

async function spokenBy({ db, tenant, keys }: Cloud, member: string): Promise<PageLanguage | undefined> {
  return (await readProfiles(db, tenant, keys, [member])).get(member)?.language
}

function languageOf(request: FastifyRequest): PageLanguage | undefined {
  const { l } = request.query as { l?: unknown }
  return l === 'ru' || l === 'en' ? l : undefined
}

/** Russian, unless the browser asks for English before it. */
const preferred = (request: FastifyRequest): PageLanguage =>
  /^\s*en\b/i.test(request.headers['accept-language'] ?? '') ? 'en' : 'ru'

const HEADERS = {
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-robots-tag': 'noindex',
  'content-security-policy': PAGE_POLICY,
}

const html = (reply: FastifyReply, status: number, page: string) =>
  reply.code(status).type('text/html; charset=utf-8').headers(HEADERS).send(page)

const note = (reply: FastifyReply, language: PageLanguage | undefined, shop: string, which: Note) =>
  html(reply, STATUS[which], notePage({ language: language ?? 'ru', shop }, which))
