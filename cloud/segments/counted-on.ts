import { segmentsAsked } from '../../shared/campaigns/chain.ts'
import { campaignDocument } from '../../shared/campaigns/document.ts'
import type { Problem } from '../../shared/problem.ts'
import { wordsIn } from '../../shared/surveys/document.ts'
import type { Cloud } from '../cloud.ts'
import type { Tx } from '../database/connect.ts'
import { Refusal } from '../http/refusal.ts'
import { surveys } from '../surveys/store.ts'
import { type SegmentRow, unknownSegments } from './rows.ts'

/**
 * A segment that something counts on is not taken away: a campaign that leaves its members out would touch them from then on,
 * and a rule of the programme would hold for nobody. What is over (a stopped campaign, a closed survey) counts on none.
 */
export async function checkNobodyCountsOn(
  tx: Tx,
  cloud: Cloud,
  segment: string,
  rows: readonly SegmentRow[],
): Promise<void> {
  const users = [
    ...rows.filter((row) => row.segment !== segment && isMadeOf(row, segment)).map(userOf('segment')),
    ...(await campaignsNaming(tx, cloud, segment)).map(userOf('campaign')),
    ...(await surveys(cloud, tx))
      .filter(({ state, document }) => state !== 'closed' && document.standing?.segment === segment)
      .map(({ document }) => userOf('survey')({ name: wordsIn(document.title, 'ru') })),
    ...rulesNaming((await cloud.programmes.current(tx))?.compiled.document, segment).map(userOf('programme')),
  ]
  if (users.length === 0) return
  const [{ path, found }] = users as [User, ...User[]]
  throw new Refusal(409, 'segment_in_use', `The ${path} "${found}" counts on this segment.`, { errors: users })
}

type User = NonNullable<Problem['errors']>[number]

const userOf =
  (path: 'segment' | 'campaign' | 'survey' | 'programme') =>
  ({ name }: { readonly name: string }): User => ({ path, found: name, allowed: `nothing that names the segment` })

const isMadeOf = ({ predicate }: SegmentRow, segment: string): boolean =>
  predicate !== null && unknownSegments(predicate, []).includes(segment)

async function campaignsNaming(tx: Tx, { tenant }: Cloud, segment: string): Promise<{ readonly name: string }[]> {
  const rows = await tx
    .selectFrom('campaign')
    .select('document')
    .where('tenant', '=', tenant)
    .where('state', '!=', 'stopped')
    .orderBy('id')
    .execute()
  return rows
    .map(({ document }) => campaignDocument.parse(document))
    .filter((document) => segmentsAsked(document).includes(segment))
}

/** By their ids: whatever in a programme is for members of segments says so in `segments`, beside its own id or within. */
function rulesNaming(part: unknown, segment: string, id = ''): { readonly name: string }[] {
  if (typeof part !== 'object' || part === null) return []
  const own = 'id' in part && typeof part.id === 'string' ? part.id : id
  if ('segments' in part && Array.isArray(part.segments) && part.segments.includes(segment)) return [{ name: own }]
  return Object.values(part).flatMap((each) => rulesNaming(each, segment, own))
}
