import { createHash } from 'node:crypto'
import { unreachable } from '../../shared/result.ts'
import type { AnswerTrouble } from '../../shared/surveys/answer.ts'
import { TEXT_MAX } from '../../shared/surveys/answer.ts'
import { type AskedSurvey, NONE_CHOSEN, type Question, wordsIn } from '../../shared/surveys/document.ts'

/** The page behind a survey's link: one plain form without a script, for a telephone first. */
export type PageLanguage = 'ru' | 'en'

const ru = {
  note: 'Любой вопрос можно пропустить.',
  yes: 'Да',
  no: 'Нет',
  none: 'Ничего из этого',
  send: 'Отправить',
  decline: 'Не хочу отвечать',
  other: 'English',
  empty: 'Ответьте хотя бы на один вопрос.',
  reward: (what: string) => `За ответы на все вопросы: ${what}.`,
  thanks: 'Спасибо! Ваш ответ записан.',
  over: 'Этот опрос уже закончился.',
  unknown: 'Такой ссылки у нас нет, или она скопирована не целиком.',
  tooOften: 'Слишком много попыток. Подождите минуту.',
  failed: 'Сейчас не получилось. Попробуйте ещё раз чуть позже.',
  trouble: {
    yes_or_no: 'Выберите «да» или «нет».',
    unknown_option: 'Выберите из списка.',
    not_a_number: 'Нужно число, например 12 или 12,5.',
    out_of_range: 'Число вне допустимых границ.',
    not_a_day: 'Нужна дата, например 05.03.2015.',
    too_long: `Не длиннее ${TEXT_MAX} знаков.`,
  } satisfies Record<AnswerTrouble, string>,
  range: (min: number | undefined, max: number | undefined) =>
    min !== undefined && max !== undefined ? `от ${min} до ${max}` : min !== undefined ? `от ${min}` : `до ${max}`,
}

const en: typeof ru = {
  note: 'You can skip any question.',
  yes: 'Yes',
  no: 'No',
  none: 'None of these',
  send: 'Send',
  decline: 'I do not want to answer',
  other: 'Русский',
  empty: 'Answer at least one question.',
  reward: (what) => `For answering all questions: ${what}.`,
  thanks: 'Thank you! Your answer is saved.',
  over: 'This survey is over.',
  unknown: 'This link is not ours, or part of it is missing.',
  tooOften: 'Too many attempts. Wait a minute.',
  failed: 'It did not work just now. Please try again a little later.',
  trouble: {
    yes_or_no: 'Choose “yes” or “no”.',
    unknown_option: 'Choose from the list.',
    not_a_number: 'A number is needed, such as 12 or 12.5.',
    out_of_range: 'This number is out of range.',
    not_a_day: 'A date is needed, such as 2015-03-05.',
    too_long: `At most ${TEXT_MAX} characters.`,
  },
  range: (min, max) =>
    min !== undefined && max !== undefined ? `${min} to ${max}` : min !== undefined ? `from ${min}` : `up to ${max}`,
}

const WORDS = { ru, en }

const STYLE = `*{box-sizing:border-box}body{margin:0;background:#f6f4f0;color:#222;font:17px/1.45 system-ui,sans-serif}
main{max-width:34rem;margin:0 auto;padding:1.25rem}h1{font-size:1.35rem;margin:.5rem 0}
.top{display:flex;justify-content:space-between;gap:1rem;color:#5b5650;font-size:.95rem}a{color:#1b5e4a}
fieldset{border:0;background:#fff;border-radius:12px;margin:0 0 1rem;padding:1rem}legend{float:left;width:100%;font-weight:600;padding:0;margin-bottom:.5rem}
legend+*{clear:both}label.pick{display:flex;align-items:center;gap:.75rem;min-height:44px}
input[type=radio],input[type=checkbox]{width:22px;height:22px;margin:0;flex:none}
input[type=text],input[type=date],textarea{width:100%;font:inherit;padding:.6rem .75rem;border:1px solid #8a847b;border-radius:8px;min-height:44px;background:#fff;color:inherit}
button{font:inherit;width:100%;min-height:48px;border-radius:10px;border:1px solid #1b5e4a;margin:0 0 .75rem;cursor:pointer}
button.main{background:#1b5e4a;color:#fff;font-weight:600}button.plain{background:transparent;color:#1b5e4a}
.bad{color:#a3201a;margin:.5rem 0 0}.soft{color:#5b5650}.card{background:#fff;border-radius:12px;padding:1.25rem}
:focus-visible{outline:3px solid #1b5e4a;outline-offset:2px}
@media(prefers-color-scheme:dark){body{background:#1c1b19;color:#f0ede8}fieldset,.card{background:#282623}.soft,.top{color:#b9b3aa}a{color:#7fd0b5}
input[type=text],input[type=date],textarea{background:#1c1b19;border-color:#8a847b}button.plain{color:#7fd0b5;border-color:#7fd0b5}.bad{color:#ff9c92}:focus-visible{outline-color:#7fd0b5}}`

/** Nothing but this page's own style; no script at all. */
export const PAGE_POLICY = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`

export const escaped = (text: string): string => text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`)

interface Frame {
  readonly language: PageLanguage
  /** The programme's name. */
  readonly shop: string
}

function framed({ language, shop }: Frame, title: string, inside: string): string {
  const other = language === 'ru' ? 'en' : 'ru'
  return `<!doctype html><html lang="${language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>${escaped(title)}</title><style>${STYLE}</style></head><body><main><p class="top"><span>${escaped(shop)}</span><a href="?l=${other}" lang="${other}">${WORDS[language].other}</a></p>${inside}</main></body></html>`
}

export type Note = 'thanks' | 'over' | 'unknown' | 'tooOften' | 'failed'

export function notePage(frame: Frame, note: Note): string {
  const said = WORDS[frame.language][note]
  return framed(frame, said, `<div class="card" role="status"><h1>${said}</h1></div>`)
}

/** What somebody has typed into a form that was not good, and what is wrong with it. */
export interface Typed {
  readonly values: ReadonlyMap<string, readonly string[]>
  readonly troubles: ReadonlyMap<string, AnswerTrouble>
  readonly isEmpty: boolean
}

const UNTOUCHED: Typed = { values: new Map(), troubles: new Map(), isEmpty: false }

export function formPage(frame: Frame, survey: AskedSurvey, rewards: readonly string[], typed = UNTOUCHED): string {
  const { language } = frame
  const words = WORDS[language]
  const title = wordsIn(survey.title, language)
  const asked = survey.questions.map((question) => fieldOf(question, language, typed)).join('')
  const promised = rewards.map((reward) => `<p class="soft">${escaped(words.reward(reward))}</p>`).join('')
  const empty = typed.isEmpty ? `<p class="bad" role="alert">${words.empty}</p>` : ''
  return framed(
    frame,
    title,
    `<h1>${escaped(title)}</h1><p class="soft">${words.note}</p>${promised}${empty}<form method="post" action="?l=${language}">${asked}<button class="main" name="do" value="send">${words.send}</button><button class="plain" name="do" value="decline" formnovalidate>${words.decline}</button></form>`,
  )
}

export const fieldName = ({ id }: Pick<Question, 'id'>): string => `q-${id}`

function fieldOf(question: Question, language: PageLanguage, { values, troubles }: Typed): string {
  const words = WORDS[language]
  const trouble = troubles.get(question.id)
  const named = fieldName(question)
  const wrong =
    trouble === undefined ? '' : `<p class="bad" id="bad-${named}" role="alert">${words.trouble[trouble]}</p>`
  const given = values.get(question.id) ?? []
  const by = trouble === undefined ? '' : ` aria-describedby="bad-${named}"`
  const legend = `<legend>${escaped(wordsIn(question.ask, language))}</legend>`
  return `<fieldset${by}>${legend}${inputOf(question, language, named, given)}${wrong}</fieldset>`
}

function inputOf(question: Question, language: PageLanguage, named: string, given: readonly string[]): string {
  const words = WORDS[language]
  const label = escaped(wordsIn(question.ask, language))
  const first = escaped(given[0] ?? '')
  const pick = (type: 'radio' | 'checkbox', value: string, text: string) =>
    `<label class="pick"><input type="${type}" name="${named}" value="${escaped(value)}"${given.includes(value) ? ' checked' : ''}><span>${escaped(text)}</span></label>`
  switch (question.kind) {
    case 'yesNo':
      return pick('radio', 'yes', words.yes) + pick('radio', 'no', words.no)
    case 'one':
      return question.options.map(({ id, label: said }) => pick('radio', id, wordsIn(said, language))).join('')
    case 'several': {
      const options = question.options.map(({ id, label: said }) => pick('checkbox', id, wordsIn(said, language)))
      return options.join('') + pick('checkbox', NONE_CHOSEN, words.none)
    }
    case 'number': {
      const { min, max } = question
      const range = min === undefined && max === undefined ? '' : `<p class="soft">${words.range(min, max)}</p>`
      return `<input type="text" inputmode="decimal" autocomplete="off" maxlength="20" name="${named}" value="${first}" aria-label="${label}">${range}`
    }
    case 'date':
      return `<input type="date" min="1900-01-01" max="2199-12-31" name="${named}" value="${first}" aria-label="${label}">`
    case 'text':
      return `<textarea rows="3" maxlength="${TEXT_MAX}" name="${named}" aria-label="${label}">${first}</textarea>`
    default:
      return unreachable(question)
  }
}
