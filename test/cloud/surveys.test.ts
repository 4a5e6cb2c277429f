import { sql } from 'kysely'
import { describe, expect, test } from 'vitest'
import { bringFactsUp, rebuildFacts } from '../../cloud/facts/keep.ts'
import { sendMessages } from '../../cloud/messages/send.ts'
import { knownNames } from '../../cloud/segments/known.ts'
import { surveyLink } from '../../cloud/surveys/link.ts'
import { askStanding } from '../../cloud/surveys/standing.ts'
import { saveSurvey } from '../../cloud/surveys/store.ts'
import { submitAnswers } from '../../cloud/surveys/submit.ts'
import type { MemberId } from '../../shared/ids.ts'
import { canonical, sha256Hex } from '../../shared/ledger/chain.ts'
import { Asking, chain, survey, touched } from './asking-shop.ts'
import { DAY_MS } from './campaign-shop.ts'
import { untilWaiting } from './locks.ts'
import type { Body } from './rig.ts'

/** Surveys on a real PostgreSQL: asked at a till, answered there or by a link, and what the answers become. */

describe('[K100] a survey', () => {
  test('has versions: a draft is changed, what was opened gets another, the same again changes nothing', async () => {
    const shop = await Asking.open()
    expect(await shop.keep(survey)).toMatchObject({ version: 1, state: 'draft' })
    expect(await shop.keep({ ...survey, title: { ru: 'Семья' } })).toMatchObject({ version: 1 })
    expect((await shop.is('open')).body).toMatchObject({ state: 'open' })
    expect(await shop.keep({ ...survey, title: { ru: 'Семья' } })).toMatchObject({ version: 1, state: 'open' })
    expect(await shop.keep(survey)).toMatchObject({ version: 2, state: 'open' })
    expect((await shop.is('closed')).body).toMatchObject({ state: 'closed' })
    expect((await shop.is('open')).body).toMatchObject({ state: 'open' })
    expect((await shop.cloud.admin('DELETE', 'surveys/family')).body).toMatchObject({ code: 'survey_opened' })
  })

  test('that somebody else has saved meanwhile is not written over', async () => {
    const shop = await Asking.open()
    const { cloud } = shop.cloud
    const read = { ...(await saveSurvey(cloud, survey, null)).document }
    await saveSurvey(cloud, { ...survey, title: { ru: 'Первая' } }, read)
    const second = { ...survey, title: { ru: 'Вторая' } }
    await expect(saveSurvey(cloud, second, read)).rejects.toMatchObject({ problem: { code: 'survey_changed' } })
    await expect(saveSurvey(cloud, second, null)).rejects.toMatchObject({ problem: { code: 'survey_exists' } })
    await shop.cloud.admin('DELETE', 'surveys/family')
    await expect(saveSurvey(cloud, second, read)).rejects.toMatchObject({ problem: { code: 'unknown_survey' } })
  })

  test('that is none is refused with what is wrong and where', async () => {
    const shop = await Asking.opened()
    const reply = await shop.cloud.admin('PUT', 'surveys/bad', { ...survey, id: 'bad', questions: [] })
    expect(reply).toMatchObject({
      status: 400,
      body: {
        code: 'bad_survey',
        errors: [{ path: 'questions', found: '[]', allowed: 'from 1 to 10 questions are allowed' }],
      },
    })
    expect((await shop.cloud.admin('PUT', 'surveys/other', survey)).body.code).toBe('bad_survey')
    expect((await shop.cloud.admin('GET', 'surveys/none/report')).status).toBe(404)
  })
})

describe('[K110] a survey touch', () => {
  test('tells the till what to ask, less what is answered, and nothing once all is', async () => {
    const shop = await touched('ann', 'bob')
    const asked = await shop.asked('ann')
    expect(asked).toMatchObject({ name: 'family@1', title: survey.title })
    expect(asked!.questions.map(({ id }) => id)).toEqual(['children', 'born', 'likes', 'wish'])
    await shop.says('ann', 'children', 'yes')
    await bringFactsUp(shop.cloud.cloud)
    expect((await shop.asked('ann'))!.questions.map(({ id }) => id)).toEqual(['born', 'likes', 'wish'])
    await shop.answersAll('ann')
    expect(await shop.asked('ann')).toBeUndefined()
    expect((await shop.asked('bob'))!.questions).toHaveLength(4)
  })

  test('is not asked while its survey is closed, and again when it is opened', async () => {
    const shop = await touched('ann')
    await shop.is('closed')
    expect(await shop.asked('ann')).toBeUndefined()
    await shop.is('open')
    expect((await shop.asked('ann'))!.questions).toHaveLength(4)
    await shop.keep({ ...survey, questions: survey.questions.slice(0, 1) })
    expect(await shop.asked('ann')).toMatchObject({ name: 'family@2', questions: [{ id: 'children' }] })
  })

  test('keeps a campaign from starting where its survey is not open', async () => {
    const shop = await Asking.opened()
    await shop.is('closed')
    await shop.cloud.admin('PUT', 'campaigns/asking', chain)
    const reply = await shop.cloud.admin('POST', 'campaigns/asking/state', { state: 'running' })
    expect(reply.body).toMatchObject({
      code: 'campaign_needs',
      errors: [{ path: 'touches.0.survey', found: '"family"'.slice(1, -1), allowed: 'open surveys: none' }],
    })
  })

  test('sends a message with a link of the member’s own, and none once it is answered or over', async () => {
    const shop = await touched('ann', 'bob', 'cat')
    const taken: { to: string; text: string }[] = []
    const cloud = {
      ...shop.cloud.cloud,
      publicUrl: 'https://bonus.example',
      gateway: {
        send: async (message: { to: string; text: string }) => {
          taken.push(message)
          return { outcome: 'taken' as const }
        },
      },
    }
    const profile = (phone: string) => ({ phone, language: 'ru' as const })
    for (const [member, phone] of [
      ['ann', '+79161234501'],
      ['bob', '+79161234502'],
    ] as const) {
      const told = profile(phone)
      const body = {
        kind: 'member' as const,
        member: member as MemberId,
        profile: sha256Hex(canonical(told)),
        by: 'x',
      }
      await shop.till.push([shop.till.write(body, { profile: told, at: new Date(shop.now).toISOString() })])
    }
    await shop.answersAll('bob')
    await sendMessages(cloud)
    expect(taken).toEqual([{ to: '+79161234501', text: `Ответьте нам: ${surveyLink(cloud, 'family', 'ann')}` }])
    const { rows } = await sql<{ member: string; trouble: string }>`
      select member, trouble from message where state = 'failed' order by member`.execute(shop.cloud.db)
    expect(rows).toEqual([
      { member: 'bob', trouble: 'the survey is answered' },
      { member: 'cat', trouble: 'no address' },
    ])
  })
})

describe('[K104] answers become attributes', () => {
  test('that segments ask for, own words and days without telling what they are', async () => {
    const shop = await Asking.opened()
    await shop.enrol('ann', 'bob')
    await shop.answersAll('ann')
    await shop.says('bob', 'children', 'no')
    const answered = await shop.answered('ann')
    expect(answered).toMatchObject({
      has_children: true,
      'likes.tea': true,
      'likes.coffee': false,
      'child_born.year': 2015,
    })
    expect(JSON.stringify(answered)).not.toMatch(/2015-03-05|пирогов/)
    expect((await knownNames(shop.cloud.cloud)).attributes).toContain('has_children') // the builder suggests it
    const has = (attribute: string, is: string, value: unknown) => shop.count({ attribute, is, value })
    expect(await has('has_children', '=', true)).toBe(1)
    expect(await has('has_children', '=', false)).toBe(1)
    expect(await has('likes.tea', '=', true)).toBe(1)
    expect(await has('child_born', '=', '2015-03-05')).toBe(1)
    expect(await has('child_born', '!=', '2015-03-05')).toBe(0)
    expect(await has('child_born.year', '>=', 2015)).toBe(1)
    expect(await has('wish', '=', 'Больше пирогов')).toBe(1)
    expect(await has('wish', '!=', 'Меньше пирогов')).toBe(1)
  })

  test('the newest by when it was given, whatever comes later; not wanting to say takes it away', async () => {
    const shop = await Asking.opened()
    await shop.enrol('ann')
    const hour = (count: number) => new Date(shop.now - 3_600_000 * count).toISOString()
    await shop.says('ann', 'children', 'yes', 1, hour(1))
    await bringFactsUp(shop.cloud.cloud)
    await shop.says('ann', 'children', 'no', 1, hour(2))
    expect(await shop.answered('ann')).toEqual({ has_children: true })
    await shop.says('ann', 'children', '')
    expect(await shop.answered('ann')).toBeNull()
  })

  test('and move members between live segments', async () => {
    const shop = await Asking.opened()
    await shop.enrol('ann', 'bob')
    const predicate = { attribute: 'has_children', is: '=', value: true }
    await shop.cloud.admin('POST', 'segments', { segment: 'parents', name: 'С детьми', kind: 'live', predicate })
    await shop.says('ann', 'children', 'yes')
    await bringFactsUp(shop.cloud.cloud)
    expect((await shop.cloud.admin('GET', 'segments/parents/members')).body.members).toMatchObject([{ member: 'ann' }])
    for (const answer of ['yes', 'no', 'yes', 'no', 'yes', 'no', 'yes', 'no', 'yes', 'no']) {
      await shop.says('ann', 'children', answer) // at one moment, past the tenth entry
    }
    await bringFactsUp(shop.cloud.cloud)
    expect((await shop.cloud.admin('GET', 'segments/parents/members')).body.members).toEqual([])
  })

  test('before what the owner keeps under the same name', async () => {
    const shop = await Asking.opened()
    await shop.enrol('ann')
    await shop.cloud.admin('PUT', 'members/ann/family', { attributes: { has_children: false, shoe: 42 } })
    await shop.says('ann', 'children', 'yes')
    await bringFactsUp(shop.cloud.cloud)
    expect(await shop.count({ attribute: 'has_children', is: '=', value: true })).toBe(1)
    expect(await shop.count({ attribute: 'shoe', is: '=', value: 42 })).toBe(1)
  })
})

describe('[K105] an answer', () => {
  test('counts once however often it is sent, and the ledger makes the same answers anew', async () => {
    const shop = await touched('ann')
    await shop.answersAll('ann')
    const entry = shop.till.seq
    const before = [await shop.answered('ann'), await shop.report()]
    await shop.till.open()
    const again = await shop.says('ann', 'likes', 'tea')
    await shop.till.pushRaw(again.entry.seq, [again])
    expect(shop.till.seq).toBe(entry + 1)
    await rebuildFacts(shop.cloud.cloud)
    const { at: _, ...report } = await shop.report()
    const { at: __, ...expected } = before[1]
    expect([await shop.answered('ann'), report]).toEqual([before[0], expected])
  })

  test('[K103] is set aside where its words are not those it was made with; one without its words still counts', async () => {
    const shop = await Asking.opened()
    await shop.enrol('ann')
    const said = { text: 'x', salt: 'salt-salt-salt-salt' }
    const common = { kind: 'answer' as const, member: 'ann' as MemberId, survey: 'family@1', question: 'wish' }
    const body = { ...common, answer: 'said', said: sha256Hex(canonical(said)) }
    const at = new Date(shop.now).toISOString()
    const swapped = await shop.till.push([{ ...shop.till.write(body, { at }), said: { ...said, text: 'y' } }])
    expect(swapped.dispositions[0]!.disposition).toMatchObject({ kind: 'quarantined', code: 'bad_said' })
    expect((await shop.till.push([shop.till.write(body, { at })])).dispositions[0]!.disposition.kind).toBe('applied')
    await bringFactsUp(shop.cloud.cloud)
    expect((await shop.report()).questions[3]).toMatchObject({ question: 'wish', said: 1, declined: 0 })
    expect(await shop.answered('ann')).toBeNull()
  })

  test('to a question that there is not, or none that it allows, becomes nothing', async () => {
    const shop = await Asking.opened()
    await shop.enrol('ann')
    await shop.says('ann', 'shoes', 'yes')
    await shop.says('ann', 'children', 'perhaps')
    await shop.says('ann', 'children', 'yes', 7)
    await shop.says('ann', 'wish', 'in the clear')
    await bringFactsUp(shop.cloud.cloud)
    expect(await shop.answered('ann')).toBeNull()
    expect((await shop.report()).questions.map((each: Body) => each.said)).toEqual([0, 0, 0, 0])
  })
})

describe('[K106] answers', () => {
  test('are in the member’s export with their words, and go when the member is forgotten', async () => {
    const shop = await Asking.opened()
    await shop.enrol('ann')
    await shop.answersAll('ann')
    const { surveys } = (await shop.cloud.admin('GET', 'members/ann/export')).body
    expect(surveys.map(({ question, answer, via }: Body) => [question, answer, via])).toEqual([
      ['born', '2015-03-05', 'till'],
      ['children', 'yes', 'till'],
      ['likes', 'tea', 'till'],
      ['wish', 'Больше пирогов', 'till'],
    ])
    expect((await shop.cloud.admin('POST', 'members/ann/erase')).status).toBe(200)
    await rebuildFacts(shop.cloud.cloud)
    for (const table of ['survey_answer', 'survey_member', 'survey_said', 'member_trait']) {
      const { rows } = await sql`select from ${sql.table(table)} where member = 'ann'`.execute(shop.cloud.db)
      expect([table, rows.length]).toEqual([table, 0])
    }
  })

  test('[S36] that come after the member was forgotten are booked, and nothing of them is kept', async () => {
    const shop = await Asking.opened()
    await shop.enrol('ann')
    expect((await shop.cloud.admin('POST', 'members/ann/erase')).status).toBe(200)
    await shop.answersAll('ann')
    await rebuildFacts(shop.cloud.cloud)
    for (const table of ['survey_answer', 'survey_member', 'survey_said', 'member_key', 'member_trait']) {
      const { rows } = await sql`select from ${sql.table(table)} where member = 'ann'`.execute(shop.cloud.db)
      expect([table, rows.length]).toEqual([table, 0])
    }
  })

  test('follow a merge, the newer of two', async () => {
    const shop = await Asking.opened()
    await shop.enrol('ann', 'old')
    await shop.says('ann', 'children', 'no')
    await shop.tells('old', 'wish', 'Больше пирогов')
    shop.now += 3_600_000
    await shop.says('old', 'children', 'yes')
    await shop.says('ann', 'likes', 'coffee')
    await bringFactsUp(shop.cloud.cloud)
    await shop.cloud.admin('POST', 'merges', { from: 'old', into: 'ann', reason: 'one person' })
    expect(await shop.answered('ann')).toMatchObject({ has_children: true, 'likes.coffee': true })
    expect(await shop.count({ attribute: 'wish', is: '=', value: 'Больше пирогов' })).toBe(1)
    const { surveys } = (await shop.cloud.admin('GET', 'members/ann/export')).body
    expect(surveys.map(({ question, answer }: Body) => [question, answer])).toEqual([
      ['wish', 'Больше пирогов'],
      ['children', 'yes'],
      ['likes', 'coffee'],
    ])
    shop.now += 3_600_000
    await shop.says('old', 'children', 'no') // a till that has not heard of it yet
    expect(await shop.answered('ann')).toMatchObject({ has_children: false })
  })
})

describe('[K111] a survey that stands', () => {
  test('is asked of everybody until they have answered, and a purchase does not close it', async () => {
    const shop = await Asking.opened({ ...survey, standing: {} })
    await shop.enrol('ann', 'bob')
    expect(await askStanding(shop.cloud.cloud)).toBe(2)
    expect(await askStanding(shop.cloud.cloud)).toBe(0)
    await shop.buys('ann')
    await bringFactsUp(shop.cloud.cloud)
    expect((await shop.asked('ann'))!.name).toBe('family@1')
    await shop.answersAll('ann')
    expect(await shop.asked('ann')).toBeUndefined()
    expect((await shop.asked('bob'))!.name).toBe('family@1')
    await shop.enrol('cat')
    expect(await askStanding(shop.cloud.cloud)).toBe(1)
    expect((await shop.asked('cat'))!.name).toBe('family@1')
    expect(await shop.report()).toMatchObject({ asked: 3, answered: 1, via: { till: 1, link: 0 } })
  })

  test('or of whoever is in its segment, and not of those who have left it', async () => {
    const shop = await Asking.open()
    await shop.enrol('ann', 'bob')
    const keep = (members: string[]) =>
      shop.cloud.admin('POST', 'segments', { segment: 'kept', name: 'Kept', kind: 'static', members })
    await keep(['ann'])
    await shop.keep({ ...survey, standing: { segment: 'kept' } })
    await shop.is('open')
    await askStanding(shop.cloud.cloud)
    expect([await shop.asked('ann'), await shop.asked('bob')]).toMatchObject([{ name: 'family@1' }, undefined])
    await keep(['bob'])
    await askStanding(shop.cloud.cloud)
    expect([await shop.asked('ann'), await shop.asked('bob')]).toMatchObject([undefined, { name: 'family@1' }])
  })

  test('up to its last day', async () => {
    const shop = await Asking.opened({ ...survey, standing: {}, until: '2026-01-06' })
    await shop.enrol('ann')
    await askStanding(shop.cloud.cloud)
    await shop.till.pullAll(5000, shop.told)
    expect((shop.told.get('hint ann') as Body).hints[0]).toMatchObject({ id: 'survey:family', until: '2026-01-06' })
    shop.now += 2 * DAY_MS
    await shop.till.open()
    await shop.enrol('bob')
    expect(await askStanding(shop.cloud.cloud)).toBe(0)
  })
})

test('a report counts who was asked, who answered what, and what it cost, as CSV too', async () => {
  const shop = await touched('ann', 'bob', 'cat')
  await shop.answersAll('ann')
  for (const question of ['children', 'born', 'likes', 'wish']) await shop.says('bob', question, '')
  await shop.says('cat', 'likes', 'coffee,tea')
  await bringFactsUp(shop.cloud.cloud)
  expect(await shop.report()).toMatchObject({
    asked: 3,
    answered: 2,
    declined: 1,
    via: { till: 2, link: 0 },
    rewarded: 0,
    pointsGiven: '0.00',
    questions: [
      {
        question: 'children',
        said: 1,
        declined: 1,
        answers: [
          { answer: 'yes', members: 1 },
          { answer: 'no', members: 0 },
        ],
      },
      { question: 'born', said: 1, declined: 1, answers: [] },
      {
        question: 'likes',
        said: 2,
        declined: 1,
        answers: [
          { answer: 'coffee', members: 1 },
          { answer: 'tea', members: 2 },
        ],
      },
      { question: 'wish', said: 1, declined: 1, answers: [] },
    ],
  })
  const csv = await fetch(`${shop.cloud.url}/admin/v1/surveys/family/report.csv`, {
    headers: { authorization: `Bearer ${shop.cloud.adminToken}` },
  })
  expect(csv.headers.get('content-type')).toBe('text/csv; charset=utf-8')
  expect((await csv.text()).split('\r\n').slice(0, 4)).toEqual([
    'question,text,attribute,answer,members',
    'children,Есть ли у вас дети?,has_children,yes,1',
    'children,Есть ли у вас дети?,has_children,no,0',
    'children,Есть ли у вас дети?,has_children,declined,1',
  ])
})

test('[S36] of who is forgotten while a form of theirs is sent nothing is kept', async () => {
  const shop = await Asking.opened()
  await shop.enrol('ann')
  await shop.cloud.admin('PUT', 'cards/c-ann/state', { state: 'blocked' })
  const { erasing, sent } = await shop.cloud.db.transaction().execute(async (tx) => {
    await sql`select from member where tenant = 'main' and member = 'ann' for update`.execute(tx)
    const erasing = shop.cloud.admin('POST', 'members/ann/erase')
    await untilWaiting(shop.cloud, 1, erasing)
    const sent = submitAnswers(shop.cloud.cloud, 'family', 'ann' as MemberId, new Map([['wish', 'pies']]))
    await untilWaiting(shop.cloud, 2, sent)
    return { erasing, sent }
  })
  expect((await erasing).status).toBe(200)
  expect(await sent).toBe('unknown')
  const { rows } = await sql`
    select member from survey_said union all select member from survey_member
    union all select member from member_key`.execute(shop.cloud.db)
  expect(rows).toEqual([])
})
