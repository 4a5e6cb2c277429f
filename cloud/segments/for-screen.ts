import { createHash } from 'node:crypto'
import type { ReportOf } from '../../shared/segments/analysis/reports.ts'
import { rfmSettings } from '../../shared/segments/analysis/rfm.ts'
import { defaultGroups, type RfmGroup } from '../../shared/segments/analysis/rfm-groups.ts'
import { groupPredicate } from '../../shared/segments/analysis/rfm-predicate.ts'
import type { SegmentsReply, SegmentsRequest } from '../../shared/segments/ask.ts'
import { FAMILY_SETTINGS } from '../../shared/segments/families.ts'
import { answerFor } from '../analysis/kept.ts'
import { saveSettings, settingsIn } from '../analysis/settings.ts'
import type { Cloud } from '../cloud.ts'
import { bringFactsUp } from '../facts/keep.ts'
import { parsed } from '../http/problems.ts'
import { Refusal } from '../http/refusal.ts'
import { knownNames } from './known.ts'
import { ensurePresets, presetSettings, savePreset } from './presets.ts'
import { newSegmentId } from './rows.ts'
import { dropSegment, listSegments, membersOf, preview, saveSegment } from './segments.ts'
import { trend } from './trend.ts'

const SAMPLE = 10
const PAGE = 5000

/** For a manager's screen: own segments, and of presets their numbers and sizes. */
export async function segmentsForScreen(cloud: Cloud, request: SegmentsRequest): Promise<SegmentsReply> {
  switch (request.ask) {
    case 'list':
      await ensurePresets(cloud) // conditions may name them
      await bringFactsUp(cloud)
      return { kind: 'list', segments: await ownSegments(cloud) }
    case 'preview':
      return { kind: 'preview', ...(await preview(cloud, request.predicate, SAMPLE)) }
    case 'save': {
      const { ask: _, as, segment = newSegmentId(as), ...made } = request
      const atTills = request.segment !== undefined && (await checkOwn(cloud, request.segment)).at_tills
      return { kind: 'saved', ...(await saveSegment(cloud, { ...made, segment, atTills })) }
    }
    case 'rfm':
      return { kind: 'saved', ...(await saveGroup(cloud, request.group, request.name)) }
    case 'rfmCell':
      return { kind: 'saved', ...(await saveCell(cloud, request)) }
    case 'drop':
      await checkOwn(cloud, request.segment)
      await dropSegment(cloud, request.segment)
      return { kind: 'dropped' }
    case 'members': {
      await checkOwn(cloud, request.segment)
      await bringFactsUp(cloud)
      const rows = await membersOf(cloud, request.segment, request.after ?? '', PAGE)
      const members = rows.map(({ member }) => member)
      return { kind: 'members', members, next: members.length < PAGE ? null : members.at(-1)! }
    }
    case 'known':
      return { kind: 'known', ...(await knownNames(cloud)) }
    case 'preset': {
      const { family } = request
      return { kind: 'preset', family, settings: await presetSettings(cloud, family) }
    }
    case 'setPreset': {
      const { family } = request
      const settings = parsed(FAMILY_SETTINGS[family], request.settings)
      await savePreset(cloud, family, settings)
      return { kind: 'preset', family, settings }
    }
    case 'rfmSettings':
      return { kind: 'rfmSettings', settings: (await settingsIn(cloud.db, cloud.tenant))('rfm') }
    case 'setRfm': {
      const settings = parsed(rfmSettings, request.settings)
      await saveSettings(cloud, 'rfm', settings)
      return { kind: 'rfmSettings', settings }
    }
    case 'trend':
      await ensurePresets(cloud)
      await bringFactsUp(cloud)
      return { kind: 'trend', ...(await trend(cloud, request.of, request.days)) }
  }
}

async function ownSegments(cloud: Cloud) {
  const all = await listSegments(cloud)
  return all
    .filter(({ family }) => family === null)
    .map(({ segment, name, kind, predicate, members, trend }) => ({ segment, name, kind, predicate, members, trend }))
}

async function checkOwn({ db, tenant }: Cloud, segment: string): Promise<{ readonly at_tills: boolean }> {
  const row = await db
    .selectFrom('segment')
    .select(['family', 'at_tills'])
    .where('tenant', '=', tenant)
    .where('segment', '=', segment)
    .executeTakeFirst()
  if (row === undefined) throw new Refusal(404, 'unknown_segment', 'There is no such segment.')
  if (row.family !== null) throw new Refusal(409, 'preset_segment', 'This segment is one of a preset.')
  return row
}

/** Under an id of the group: made again, it has the cuts of that day and is no second segment. */
async function saveGroup(cloud: Cloud, group: string, name: string) {
  const { grades, cuts, groups } = await rfmNow(cloud)
  const predicate = groupPredicate(groups, group, grades, cuts)
  if (predicate === undefined) throw new Refusal(404, 'unknown_group', 'There is no such group of RFM.')
  const segment = `rfm-${createHash('sha256').update(group).digest('hex').slice(0, 16)}`
  return saveSegment(cloud, { segment, name, kind: 'live', predicate })
}

async function saveCell(cloud: Cloud, { r, f, name }: Extract<SegmentsRequest, { ask: 'rfmCell' }>) {
  const { grades, cuts } = await rfmNow(cloud)
  if (r > grades || f > grades) throw new Refusal(404, 'unknown_group', `There are grades 1 to ${grades}.`)
  const cell: RfmGroup = { name, r: [r, r], f: [f, f] }
  const predicate = groupPredicate([cell], name, grades, cuts)!
  return saveSegment(cloud, { segment: `rfm-cell-${r}${f}`, name, kind: 'live', predicate })
}

/** What the map is made of as the screen has it, its cuts in kopecks. */
async function rfmNow(cloud: Cloud) {
  const settings = (await settingsIn(cloud.db, cloud.tenant))('rfm')
  const { report } = await answerFor(cloud, { name: 'rfm', settings })
  if (report === null) throw new Refusal(409, 'report_coming', 'The map is being computed; ask again in a moment.')
  const { grades, cuts, members } = report as ReportOf<'rfm'>
  if (members === 0) throw new Refusal(409, 'nobody_bought', 'Nobody has bought yet: there are no grades.')
  const inKopecks = { ...cuts, m: cuts.m.map((amount) => Number((amount * 100).toFixed(4))) }
  return { grades, cuts: inKopecks, groups: settings.groups ?? defaultGroups(grades) }
}
