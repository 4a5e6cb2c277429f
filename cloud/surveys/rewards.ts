import { counted } from '../../shared/quote/spoken.ts'
import type { Cloud } from '../cloud.ts'
import { tasks } from '../tasks/store.ts'
import type { PageLanguage } from './page.ts'

/** What running tasks give for a survey, in words. */
export async function rewardsFor(cloud: Cloud, survey: string, language: PageLanguage): Promise<string[]> {
  const programme = (await cloud.programmes.current(cloud.db))?.compiled.document
  if (programme === undefined) return []
  const names = programme.points.names[language] ?? Object.values(programme.points.names)[0] ?? ['']
  return (await tasks(cloud)).flatMap(({ state, document: { do: what, reward } }) => {
    if (state !== 'running' || what.kind !== 'survey' || what.survey !== survey) return []
    if (reward.kind === 'gift') return [counted(reward.points, names, language)]
    return programme.coupons?.filter(({ id }) => id === reward.coupon).map(({ name }) => name) ?? []
  })
}
