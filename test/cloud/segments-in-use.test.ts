import { describe, expect, test } from 'vitest'
import { saveCampaign, setCampaignState } from '../../cloud/campaigns/store.ts'
import { all, day, Shop } from './campaign-shop.ts'
import { plainProgramme } from './receipts.ts'

/** What somebody counts on is not taken away from under them. */

const quiet = { segment: 'quiet', name: 'Не беспокоить', kind: 'static', members: ['anna'] }
const named = { ...all, name: 'Возврат', audience: { ...all.audience, exceptSegments: ['quiet'] } }
const refusedFor = (path: string, found: string) => ({
  status: 409,
  body: { code: 'segment_in_use', errors: [{ path, found }] },
})

async function shopOfTwo(document = plainProgramme): Promise<Shop> {
  const shop = await Shop.open(document)
  await shop.enrol('anna', 'boris')
  await shop.buyAll(['anna', 'boris'])
  expect((await shop.cloud.admin('POST', 'segments', quiet)).status).toBeLessThan(300)
  return shop
}

describe('a segment', () => {
  test('[K42] that a campaign leaves out is not deleted while it runs: nobody is touched who was to be left alone', async () => {
    const shop = await shopOfTwo()
    await shop.start(named)
    expect(await shop.cloud.admin('DELETE', 'segments/quiet')).toMatchObject(refusedFor('campaign', 'Возврат'))
    await shop.morning(66)
    expect(await shop.touches()).toEqual([`${day(66)} boris first made`])
    await setCampaignState(shop.cloud.cloud, named.id, 'stopped')
    expect((await shop.cloud.admin('DELETE', 'segments/quiet')).status).toBe(204)
  })

  test('is not deleted under a draft, an open survey or a rule of the programme in force that names it', async () => {
    const rule = { id: 'quiet-5', when: { segments: ['quiet'] }, accrual: { percent: '5' } }
    const programme = { ...plainProgramme, rules: { ...plainProgramme.rules, client: [rule] } }
    const shop = await shopOfTwo(programme)
    const ofProgramme = refusedFor('programme', 'quiet-5')
    expect(await shop.cloud.admin('DELETE', 'segments/quiet')).toMatchObject(ofProgramme)
    await shop.cloud.admin('POST', 'programmes', { ...plainProgramme, version: programme.version + 1 })
    const survey = {
      schema: 'survey/1',
      id: 'family',
      title: { ru: 'О семье', en: 'Family' },
      questions: [{ id: 'children', kind: 'yesNo', ask: { ru: 'Есть дети?' }, attribute: 'has_children' }],
      standing: { segment: 'quiet' },
    }
    await shop.cloud.admin('PUT', 'surveys/family', survey)
    await shop.cloud.admin('POST', 'surveys/family/state', { state: 'open' })
    expect(await shop.cloud.admin('DELETE', 'segments/quiet')).toMatchObject(refusedFor('survey', 'О семье'))
    await shop.cloud.admin('POST', 'surveys/family/state', { state: 'closed' })
    await shop.cloud.admin('PUT', 'surveys/nobody', { ...survey, id: 'nobody', standing: { segment: 'loud' } })
    const missing = { path: 'standing.segment', found: 'loud', allowed: 'segments: Не беспокоить' }
    expect(await shop.cloud.admin('POST', 'surveys/nobody/state', { state: 'open' })).toMatchObject({
      status: 409,
      body: { code: 'survey_needs', errors: [missing] },
    })
    await saveCampaign(shop.cloud.cloud, named)
    expect(await shop.cloud.admin('DELETE', 'segments/quiet')).toMatchObject(refusedFor('campaign', 'Возврат'))
  })

  test('[K52] that is not there is said before a campaign starts that names it', async () => {
    const shop = await shopOfTwo()
    await expect(
      shop.start({ ...named, audience: { ...all.audience, exceptSegments: ['loud'] } }),
    ).rejects.toMatchObject({
      problem: {
        code: 'campaign_needs',
        errors: [{ path: 'audience.exceptSegments.0', found: 'loud', allowed: 'segments: Не беспокоить' }],
      },
    })
    await shop.start({ ...named, id: 'ready-made', audience: { ...all.audience, exceptSegments: ['activity.gone'] } })
  })
})
