import { sql } from 'kysely'
import type { CampaignTexts } from '../../shared/campaigns/document.ts'
import { type CampaignHint, hintId, hintUntil } from '../../shared/campaigns/hint.ts'
import { fillSaid, type Said } from '../../shared/campaigns/text.ts'
import type { MemberId, TenantId } from '../../shared/ids.ts'
import { formatPoints, points as pointsIn } from '../../shared/money.ts'
import { wordsIn } from '../../shared/surveys/document.ts'
import type { Db, Tx } from '../database/connect.ts'
import { noteForFeed } from '../feed/note.ts'
import { type OpenSurveys, openSurveys, type StandingAsk } from '../surveys/asked.ts'
import type { TouchRow } from './chains.ts'

/** What the cashier says to members whom a campaign has touched: made with the touch, told to tills. Rules K20, K21. */

export type HintKind = 'gift' | 'percent' | 'coupon' | 'product' | 'offer' | 'remind' | 'survey'

/** Of what a touch says, for a column of JSON. */
export const jsonOrNull = (said: unknown): string | null => (said === null ? null : JSON.stringify(said))

/** More than so many at once are nobody's help. */
const TOLD_MAX = 20

/** Hints for the touches that were made, each in the place of the one before it in its chain. */
export async function saveHints(
  tx: Tx,
  tenant: TenantId,
  campaign: string,
  touches: readonly TouchRow[],
  today: string,
): Promise<void> {
  const made = touches.filter(({ outcome, kind }) => outcome === 'made' && kind !== 'call')
  if (made.length === 0) return
  const members = made.map(({ member }) => member)
  await sql`
    update hint h set closed = ${today}::date
    from unnest(${members}::text[], ${made.map(({ anchor }) => anchor)}::date[]) as u (member, anchor)
    where h.tenant = ${tenant} and h.campaign = ${campaign} and h.member = u.member and h.anchor = u.anchor
      and h.closed is null`.execute(tx)
  await tx
    .insertInto('hint')
    .values(
      made.map(({ member, anchor, since, touch, kind, variant, points, lastDay, said }) => {
        const given = { points, last_day: lastDay, until: hintUntil(lastDay, today) }
        const what = { kind: kind as HintKind, variant, ...given, said: jsonOrNull(said), closed: null }
        return { tenant, member, campaign, anchor, since, touch, ...what }
      }),
    )
    .execute()
  await noteForFeed(tx, tenant, [{ scope: 'hint', keys: members }])
}

/**
 * Closes whatever is not to be said any more: the member has bought, the chain or the campaign has ended, or the last day
 * is over. `members`: of these alone; null: of everybody. Rule K21.
 */
export async function closeHints(
  tx: Tx,
  tenant: TenantId,
  today: string,
  members: readonly string[] | null,
): Promise<void> {
  if (members?.length === 0) return
  const { rows } = await sql<{ member: string }>`
    update hint t set closed = ${today}::date
    where t.tenant = ${tenant} and t.closed is null
      and (${members}::text[] is null or t.member = any(${members}::text[])) and (
      t.until < ${today}::date
      or exists (select from member_fact f where f.tenant = ${tenant} and f.member = t.member and f.last_day > t.since)
      or exists (select from campaign_chain h where h.tenant = ${tenant} and h.campaign = t.campaign
        and h.member = t.member and h.anchor = t.anchor and h.state in ('bought', 'left', 'gone', 'stopped'))
      or exists (select from campaign c where c.tenant = ${tenant} and c.id = t.campaign and c.state = 'stopped'))
    returning member`.execute(tx)
  await noteClosed(tx, tenant, rows)
}

export interface Told {
  readonly member: MemberId
  readonly hint: string
}

/** The cashier of one till has said them: the others need not. Rule K23. */
export async function closeTold(tx: Tx, tenant: TenantId, told: readonly Told[], today: string): Promise<void> {
  if (told.length === 0) return
  const { rows } = await sql<{ member: string }>`
    update hint t set closed = ${today}::date
    from unnest(${told.map(({ member }) => member)}::text[], ${told.map(({ hint }) => hint)}::text[]) as u (member, hint)
    where t.tenant = ${tenant} and t.closed is null and t.member = u.member
      and u.hint = t.campaign || '/' || to_char(t.anchor, 'YYYY-MM-DD') || '/' || t.touch
    returning t.member`.execute(tx)
  await noteClosed(tx, tenant, rows)
}

async function noteClosed(tx: Tx, tenant: TenantId, rows: readonly { readonly member: string }[]): Promise<void> {
  await noteForFeed(tx, tenant, [{ scope: 'hint', keys: [...new Set(rows.map(({ member }) => member))] }])
}

interface Row {
  readonly member: string
  readonly campaign: string
  readonly anchor: string
  readonly since: string
  readonly touch: string
  readonly kind: HintKind
  readonly said: Said | null
  readonly points: bigint | null
  readonly lastDay: string | null
  readonly until: string
  readonly text: CampaignTexts
  /** Of a survey's touch. */
  readonly survey: string | null
}

/** The open hints of each member that has some, and what is asked of them; the words are the campaign's own. */
export async function hintsOf(
  db: Db | Tx,
  tenant: TenantId,
  members: readonly string[],
): Promise<Map<string, CampaignHint[]>> {
  const { rows } = await sql<Row>`
    select t.member, t.campaign, t.anchor, t.since, t.touch, t.kind, t.said, t.points, t.last_day as "lastDay", t.until,
      coalesce(
        (select e -> 'touches' -> t.touch -> 'text' from jsonb_array_elements(c.document -> 'variants') e
          where e ->> 'key' = t.variant), w.text) as text, w.survey
    from hint t join campaign c on c.tenant = ${tenant} and c.id = t.campaign
    left join lateral (select e -> 'text' as text, e ->> 'survey' as survey
      from jsonb_array_elements(c.document -> 'touches') e where e ->> 'id' = t.touch) w on true
    where t.tenant = ${tenant} and t.member = any(${members}::text[]) and t.closed is null
    order by t.member, t.until, t.campaign, t.anchor, t.touch`.execute(db)
  const open = await openSurveys(db, tenant, members)
  const told = new Map<string, CampaignHint[]>()
  const tell = (member: string, hint: CampaignHint | undefined) => {
    const before = told.get(member) ?? []
    if (hint !== undefined && before.length < TOLD_MAX) told.set(member, [...before, hint])
  }
  for (const row of rows) tell(row.member, row.survey === null ? hintFrom(row) : surveyHint(row, row.survey, open))
  for (const member of members) {
    const asked = (told.get(member) ?? []).flatMap(({ survey }) => survey?.name ?? [])
    for (const ask of open.standingOf(member)) if (!asked.includes(ask.survey.name)) tell(member, standingHint(ask))
  }
  return told
}

/** Undefined: it is not asked any more, or is answered. Rule K110. */
function surveyHint(row: Row, name: string, open: OpenSurveys): CampaignHint | undefined {
  const asked = open.of(name, row.member)
  if (asked === undefined) return undefined
  const hint = hintFrom(row)
  return { ...hint, until: hint.until < asked.until ? hint.until : asked.until, survey: asked.survey }
}

/** Goes with its answer, not with a purchase: what a purchase would have to come after lies as far ahead as its end. */
function standingHint({ id, until, survey }: StandingAsk): CampaignHint {
  const text = { ru: wordsIn(survey.title, 'ru'), en: wordsIn(survey.title, 'en') }
  return { id, kind: 'remind', anchor: until, text, until, survey }
}

function hintFrom({ campaign, anchor, since, touch, kind, said, points, lastDay, until, text }: Row): CampaignHint {
  return {
    id: hintId(campaign, anchor, touch),
    // a till knows two kinds: what is waiting for the member, and what is only said
    kind: kind === 'remind' || kind === 'offer' || kind === 'survey' ? 'remind' : 'gift',
    anchor: since,
    text: { ru: fillSaid(text.ru, said ?? {}), en: fillSaid(text.en, said ?? {}) },
    ...(points === null ? {} : { points: formatPoints(pointsIn(points)) }),
    ...(lastDay === null ? {} : { lastDay }),
    until,
  }
}
