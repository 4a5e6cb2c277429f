import { readFile } from 'node:fs/promises'
import type { ReportOf } from '../../shared/segments/analysis/reports.ts'
import {
  REPORT_NAMES,
  type ReportName,
  reportSettings,
  type SettingsOf,
} from '../../shared/segments/analysis/settings.ts'
import type { Cloud } from '../cloud.ts'
import { Complaint } from '../complaint.ts'
import { bringFactsUp } from '../facts/keep.ts'
import type { CommandLine } from '../options.ts'
import { membersFile } from './members-file.ts'
import { momentFrom } from './moment.ts'
import { makeReport, zoneOf } from './reports.ts'
import { settingsIn } from './settings.ts'

export const REPORT_USAGE =
  'report NAME [--at MOMENT] [--unit day|week] [--settings FILE.json] [--members FILE.csv] [--json]'

/** `report NAME`: as if it were asked at that moment. */
export async function reportCommand(cloud: Cloud, line: CommandLine): Promise<void> {
  const name = REPORT_NAMES.find((known) => known === line.rest[0])
  if (name === undefined) {
    throw new Complaint(`Which report? One of ${REPORT_NAMES.join(', ')}: ${REPORT_USAGE}`)
  }
  const settings = await settingsFrom(cloud, name, line)
  await bringFactsUp(cloud)
  const moment = line.flags.at === undefined ? undefined : momentFrom(await zoneOf(cloud), line.flags.at)
  const members = line.flags.members === undefined ? undefined : membersFile(line.flags.members)
  const report = await makeReport(cloud, {
    name,
    settings,
    ...(moment === undefined ? {} : { moment }),
    ...(members === undefined ? {} : { members }),
  })
  await members?.close()
  process.stdout.write(`${line.flags.json ? JSON.stringify(report) : inWords(report)}\n`)
}

async function settingsFrom<Name extends ReportName>(
  { db, tenant }: Cloud,
  name: Name,
  { flags }: CommandLine,
): Promise<SettingsOf<Name>> {
  const stored = (await settingsIn(db, tenant))(name)
  const given = flags.settings === undefined ? {} : await settingsFile(flags.settings)
  const unit = flags.unit === undefined ? {} : { unit: flags.unit }
  if (flags.unit !== undefined && !('unit' in stored)) throw new Complaint(`--unit says nothing to the report ${name}.`)
  const parsed = reportSettings[name].safeParse({ ...stored, ...given, ...unit })
  if (parsed.success) return parsed.data as SettingsOf<Name>
  const problems = parsed.error.issues.map(({ path, message }) => `  ${path.join('.') || 'settings'}: ${message}`)
  throw new Complaint([`These settings of the report ${name} cannot be used:`, ...problems].join('\n'))
}

async function settingsFile(path: string): Promise<Record<string, unknown>> {
  const text = await readFile(path, 'utf8').catch((error: Error) => {
    throw new Complaint(`${path} cannot be read: ${error.message}`)
  })
  try {
    const read: unknown = JSON.parse(text)
    if (typeof read === 'object' && read !== null && !Array.isArray(read)) return read as Record<string, unknown>
  } catch (error) {
    throw new Complaint(`${path} is not JSON: ${(error as Error).message}`)
  }
  throw new Complaint(`${path}: an object of settings is expected.`)
}

/** For people: a line for each figure, lists and tables by their length. */
function inWords(report: ReportOf<ReportName>): string {
  const lines = (value: unknown, path: string): string[] => {
    if (Array.isArray(value)) return [`${path}: ${value.length === 0 ? 'none' : `${value.length} (see --json)`}`]
    if (typeof value === 'object' && value !== null) {
      const parts = Object.entries(value)
      if (parts.length > PARTS_MAX) return [`${path}: ${parts.length} (see --json)`]
      return parts.flatMap(([name, part]) => lines(part, path === '' ? name : `${path}.${name}`))
    }
    return [`${path}: ${value === null ? 'unknown' : String(value)}`]
  }
  return lines(report, '').join('\n')
}

const PARTS_MAX = 12
