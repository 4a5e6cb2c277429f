import { mkdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'
import { sql } from 'kysely'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bringFactsUp } from '../../cloud/facts/keep.ts'
import { surveyLink } from '../../cloud/surveys/link.ts'
import { payTasks } from '../../cloud/tasks/pay.ts'
import type { MemberId } from '../../shared/ids.ts'
import { canonical, sha256Hex } from '../../shared/ledger/chain.ts'
import { openBrowser } from '../browser.ts'
import { Asking, survey, task } from './asking-shop.ts'
import { DAY_MS } from './campaign-shop.ts'

/** The page behind a survey's link: served by the cloud, answered once, without a script. */

const shots = join(resolve(import.meta.dirname, '../..'), 'test-output', 'screens')
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const FORM = { 'content-type': 'application/x-www-form-urlencoded' }

async function linked(document: object = survey) {
  const shop = await Asking.opened(document)
  await shop.enrolAs('ann', { name: 'Анна', language: 'ru' })
  await shop.enrol('bob')
  const cloud = { ...shop.cloud.cloud, publicUrl: shop.cloud.url }
  const link = (member: string, id = 'family') => surveyLink(cloud, id, member)!
  const send = (to: string, form: string, headers: Record<string, string> = {}) =>
    fetch(to, { method: 'POST', headers: { ...FORM, ...headers }, body: form, redirect: 'manual' })
  return { shop, link, send }
}
const GOOD = 'q-children=yes&q-born=2015-03-05&q-likes=tea&q-wish=%D0%9F%D0%B8%D1%80%D0%BE%D0%B3%D0%B8'
const textOf = async (reply: Response) => (await reply.text()).replaceAll(/<style>.*?<\/style>|<[^>]*>/g, ' ')
const answers = async (shop: Asking) => {
  await bringFactsUp(shop.cloud.cloud)
  const { rows } = await sql<{ member: string; question: string; answer: string; via: string }>`
    select member, question, answer, via from survey_answer order by member, question`.execute(shop.cloud.db)
  return rows.map(({ member, question, answer, via }) => `${member} ${question}=${answer} ${via}`)
}

describe('[K120] a link to a survey', () => {
  test('books all answers of its form, once, and they become attributes', async () => {
    const { shop, link, send } = await linked()
    const looked = await fetch(link('ann'))
    expect([looked.status, looked.headers.get('cache-control')]).toEqual([200, 'no-store'])
    expect(await textOf(looked)).toContain('Есть ли у вас дети?')
    expect(await answers(shop)).toEqual([])
    const sent = await send(link('ann'), GOOD)
    expect([sent.status, sent.headers.get('location')]).toEqual([303, '?l=ru'])
    expect(await textOf(await fetch(link('ann')))).toContain('Спасибо! Ваш ответ записан.')
    const all = ['ann born=said link', 'ann children=yes link', 'ann likes=tea link', 'ann wish=said link']
    expect(await answers(shop)).toEqual(all)
    expect(await shop.answered('ann')).toMatchObject({ has_children: true, 'likes.tea': true, 'child_born.year': 2015 })
    await send(link('ann'), 'q-children=no')
    expect(await answers(shop)).toEqual(all)
  })

  test('sent at the same moment by many, to two instances, books one of them', async () => {
    const { shop, link, send } = await linked()
    const other = await shop.cloud.another({ turnDays: false })
    try {
      const there = link('ann').replace(shop.cloud.url, other.url)
      const sent = await Promise.all([1, 2, 3, 4].flatMap(() => [send(link('ann'), GOOD), send(there, GOOD)]))
      const statuses = sent.map(({ status }) => status)
      // who comes too late is shown that it is answered
      expect(statuses.filter((status) => status !== 200 && status !== 303)).toEqual([])
      expect(statuses).toContain(303)
      const { rows } = await sql`select from entry where kind = 'answer'`.execute(shop.cloud.db)
      expect(rows).toHaveLength(4)
    } finally {
      await other.close()
    }
  })

  test('asks only what is left, and is answered when the till was first', async () => {
    const { shop, link, send } = await linked()
    await shop.says('ann', 'children', 'yes')
    await bringFactsUp(shop.cloud.cloud)
    const page = await textOf(await fetch(link('ann')))
    expect([page.includes('Есть ли у вас дети?'), page.includes('Что вы любите?')]).toEqual([false, true])
    await shop.answersAll('ann')
    expect(await textOf(await fetch(link('ann')))).toContain('Спасибо!')
    expect((await send(link('ann'), GOOD)).status).toBe(200)
  })

  test('says what is wrong in a form, keeps what was typed, and books nothing', async () => {
    const { shop, link, send } = await linked()
    const wrong = await send(
      link('ann'),
      'q-children=perhaps&q-wish=%22%3E%3Cscript%3Ealert(1)%3C%2Fscript%3E&q-born=31.02.2015',
    )
    expect(wrong.status).toBe(400)
    const page = await wrong.text()
    expect(page).toContain('Выберите «да» или «нет».')
    expect(page).toContain('Нужна дата, например 05.03.2015.')
    expect(page).not.toContain('<script>')
    expect(page).toContain('&#60;script&#62;')
    expect((await send(link('ann'), '')).status).toBe(400)
    expect(await textOf(await send(link('ann'), 'q-other=x'))).toContain('Ответьте хотя бы на один вопрос.')
    expect(await answers(shop)).toEqual([])
  })

  test('takes that somebody does not want to answer, all of it or a part', async () => {
    const { shop, link, send } = await linked()
    await send(link('ann'), 'do=decline&q-children=yes')
    await send(link('bob'), 'do=send&q-children=no&q-likes=none')
    expect(await answers(shop)).toEqual([
      ...['ann born= link', 'ann children= link', 'ann likes= link', 'ann wish= link'],
      ...['bob born= link', 'bob children=no link', 'bob likes=none link', 'bob wish= link'],
    ])
    expect(await shop.report()).toMatchObject({ answered: 2, declined: 2, via: { till: 0, link: 2 } })
  })

  test('is over when its survey is closed or past its last day, and then takes nothing', async () => {
    const { shop, link, send } = await linked({ ...survey, until: '2026-01-06' })
    await shop.is('closed')
    const closed = await fetch(link('ann'))
    expect([closed.status, (await textOf(closed)).includes('Этот опрос уже закончился.')]).toEqual([410, true])
    await shop.is('open')
    expect((await fetch(link('ann'))).status).toBe(200)
    shop.now += 2 * DAY_MS
    expect((await send(link('ann'), GOOD)).status).toBe(410)
    expect(await answers(shop)).toEqual([])
  })

  test('is nobody’s when it is changed, of another survey, or of somebody who was forgotten', async () => {
    const { shop, link } = await linked()
    await shop.keep({ ...survey, id: 'other' })
    const token = link('ann').split('/').at(-1)!
    const [member, name, mark] = token.split('.')
    const other = Buffer.from('other').toString('base64url')
    const bob = Buffer.from('bob').toString('base64url')
    const at = (...parts: (string | undefined)[]) => fetch(`${shop.cloud.url}/survey/${parts.join('.')}`)
    for (const reply of await Promise.all([
      at(member, other, mark),
      at(bob, name, mark),
      at(member, name, `${mark}x`),
      at(member, name),
      at('x'),
      fetch(link('ann', 'other')),
    ])) {
      expect([reply.status, (await textOf(reply)).includes('Такой ссылки у нас нет')]).toEqual([404, true])
    }
    await shop.cloud.admin('POST', 'members/ann/erase')
    expect((await fetch(link('ann'))).status).toBe(404)
  })

  test('of a member who was merged is the other one’s', async () => {
    const { shop, link, send } = await linked()
    await shop.cloud.admin('POST', 'merges', { from: 'ann', into: 'bob', reason: 'one person' })
    expect((await send(link('ann'), GOOD)).status).toBe(303)
    expect((await answers(shop))[0]).toBe('bob born=said link')
    expect(await textOf(await fetch(link('bob')))).toContain('Спасибо! Ваш ответ записан.')
  })
})

describe('[K121] the page', () => {
  test('has a strict policy, no script, and takes no form from another site', async () => {
    const { shop, link, send } = await linked()
    const page = await fetch(link('ann'))
    expect(page.headers.get('content-security-policy')).toMatch(
      /^default-src 'none'; style-src 'sha256-[^']+'; form-action 'self'/,
    )
    expect(page.headers.get('referrer-policy')).toBe('no-referrer')
    expect(page.headers.get('x-robots-tag')).toBe('noindex')
    expect(await page.text()).not.toMatch(/<script|javascript:|\son\w+=/)
    expect((await send(link('ann'), GOOD, { 'sec-fetch-site': 'cross-site' })).status).toBe(404)
    expect((await send(link('ann'), 'x'.repeat(40_000))).status).toBe(404)
    expect(await answers(shop)).toEqual([])
  })

  test('bounds wrong links and forms of one address by the minute', async () => {
    const { shop, link, send } = await linked()
    const statuses: number[] = []
    for (let count = 0; count < 22; count++)
      statuses.push((await fetch(`${shop.cloud.url}/survey/a.b.c${count}`)).status)
    expect([statuses.filter((status) => status === 404).length, statuses.at(-1)]).toEqual([20, 429])
    expect(await textOf(await fetch(link('ann')))).toContain('Слишком много попыток')
    shop.now += 61_000
    for (let count = 0; count < 60; count++) await send(link('ann'), '')
    expect((await send(link('ann'), GOOD)).status).toBe(429)
    shop.now += 61_000
    expect((await send(link('ann'), GOOD)).status).toBe(303)
  })
})

describe('in a browser without scripts', () => {
  let browser: Browser
  beforeAll(async () => {
    mkdirSync(shots, { recursive: true })
    browser = await openBrowser()
  })
  afterAll(() => browser.close())

  test('[K120] [K133] a member answers on a telephone, in their language, and is rewarded', async () => {
    const { shop, link } = await linked()
    await shop.cloud.admin('PUT', 'tasks/family-task', task)
    await shop.cloud.admin('POST', 'tasks/family-task/state', { state: 'running' })
    const told = { language: 'en' as const }
    const body = { kind: 'member' as const, member: 'bob' as MemberId, profile: sha256Hex(canonical(told)), by: 'x' }
    await shop.till.push([shop.till.write(body, { profile: told, at: new Date(shop.now).toISOString() })])
    const page = await browser.newPage({ viewport: { width: 360, height: 740 }, javaScriptEnabled: false })
    await page.goto(link('bob'))
    await page.screenshot({ path: join(shots, 'survey-page-en.png'), fullPage: true })
    expect(await page.textContent('h1')).toBe('Your family')
    await page.click('a[lang=ru]')
    expect(await page.textContent('h1')).toBe('О семье')
    expect(await page.textContent('main')).toContain('За ответы на все вопросы: 50')
    await page.click('button.main')
    expect(await page.textContent('[role=alert]')).toBe('Ответьте хотя бы на один вопрос.')
    await page.check('input[name=q-children][value=yes]')
    await page.fill('input[name=q-born]', '2015-03-05')
    await page.check('input[name=q-likes][value=coffee]')
    await page.fill('textarea[name=q-wish]', 'Пирогов <b>побольше</b>')
    await page.screenshot({ path: join(shots, 'survey-page-ru.png'), fullPage: true })
    await page.click('button.main')
    expect(await page.textContent('h1')).toBe('Спасибо! Ваш ответ записан.')
    await page.screenshot({ path: join(shots, 'survey-page-thanks.png') })
    await page.goto(link('bob'))
    expect(await page.textContent('h1')).toBe('Thank you! Your answer is saved.')
    await page.close()
    expect(await answers(shop)).toEqual([
      'bob born=said link',
      'bob children=yes link',
      'bob likes=coffee link',
      'bob wish=said link',
    ])
    expect(await payTasks(shop.cloud.cloud)).toBe(1)
    expect(await shop.balance('bob')).toBe('50.00')
  })

  test('nothing stands in the way of a screen reader, light or dark', async () => {
    const { link } = await linked()
    for (const colorScheme of ['light', 'dark'] as const) {
      const page = await browser.newPage({ viewport: { width: 320, height: 700 }, colorScheme, bypassCSP: true })
      await page.goto(link('ann'))
      await page.screenshot({ path: join(shots, `survey-page-${colorScheme}.png`), fullPage: true })
      const wide = await page.evaluate('document.documentElement.scrollWidth > document.documentElement.clientWidth')
      await page.evaluate(axe)
      const found = (await page.evaluate('axe.run().then((r) => r.violations.map((v) => v.id))')) as string[]
      expect([colorScheme, wide, found]).toEqual([colorScheme, false, []])
      await page.close()
    }
  })
})
