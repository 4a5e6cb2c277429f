import type { TillState } from '../../shared/core-api.ts'
import { type Verify, verifierFor } from '../../shared/ledger/coupon-code.ts'
import { type CompiledProgramme, compileProgramme } from '../../shared/programme/compile.ts'
import { parseProgramme } from '../../shared/programme/schema.ts'
import type { ProgrammeRow } from '../../shared/sync/protocol.ts'
import { type LiveSegments, liveSegments } from './segments.ts'

/** The programme in force, compiled once per version. */
export interface InForce {
  readonly hash: string
  readonly compiled: CompiledProgramme
  /** Whether the cloud signed the code of a personal coupon. */
  readonly isGenuine: Verify
  /** Coupons whose uses in the whole network are gone, as far as this till has heard. */
  readonly usedUp: ReadonlySet<string>
  /** Live segments that are decided here. */
  readonly live: LiveSegments
  /** By id, as far as the cloud has told what segments are called. */
  readonly segmentNames: Readonly<Record<string, string>>
}

export interface ProgrammeBook {
  readonly current: () => InForce | null
  /** A version that was in force since the start of this till. */
  readonly version: (id: string, version: number) => InForce | undefined
  readonly view: () => TillState['programme']
  /** True when another version has come into force. */
  readonly load: (rows: readonly ProgrammeRow[]) => boolean
}

const KEPT_MAX = 4 // for receipts that find their member after the next version came

/** A version that this release cannot read is left for the next one; the newest readable one stays in force. */
export function programmeBook(): ProgrammeBook {
  let inForce: InForce | null = null
  let view: TillState['programme'] = null
  /** What was told beside it, as it came. */
  let beside = ''
  const before: InForce[] = []

  /** The same text, but more is known beside it. */
  function heard(row: ProgrammeRow): boolean {
    if (inForce === null || beside === textBeside(row)) return false
    inForce = { ...inForce, ...toldBeside(row) }
    beside = textBeside(row)
    before[0] = inForce
    return true
  }

  return {
    current: () => inForce,
    version: (id, version) =>
      before.find(({ compiled: { document } }) => document.id === id && document.version === version),
    view: () => view,
    load: (rows) => {
      for (const row of [...rows].sort((a, b) => b.version - a.version)) {
        if (inForce?.hash === row.hash) return heard(row)
        const compiled = compiledOf(row)
        if (compiled === undefined) continue
        inForce = { hash: row.hash, compiled, ...toldBeside(row) }
        beside = textBeside(row)
        before.unshift(inForce)
        before.length = Math.min(before.length, KEPT_MAX)
        view = viewOf(inForce.compiled)
        return true
      }
      return false
    },
  }
}

const compiledBefore = new WeakMap<object, CompiledProgramme>()

/** Undefined for what this release cannot read. One and the same document is read once. */
function compiledOf({ version, document }: ProgrammeRow): CompiledProgramme | undefined {
  const known = compiledBefore.get(document as object)
  if (known !== undefined) return known
  const parsed = parseProgramme(document)
  if (!parsed.ok) {
    console.warn(`programme version ${version} cannot be read by this release`, parsed.detail.slice(0, 3))
    return undefined
  }
  const compiled = compileProgramme(parsed.value)
  compiledBefore.set(document as object, compiled)
  return compiled
}

const toldBeside = ({ couponKeys = [], usedUp = [], segments = [], segmentNames = {} }: ProgrammeRow) => ({
  isGenuine: verifierFor(couponKeys),
  usedUp: new Set(usedUp),
  live: liveSegments(segments),
  segmentNames,
})

const textBeside = ({ couponKeys, usedUp, segments, segmentNames }: ProgrammeRow): string =>
  JSON.stringify([couponKeys, usedUp, segments, segmentNames])

/** The zone whose day and hours an outlet keeps. */
export function zoneOf(compiled: CompiledProgramme, outlet: string): { timeZone: string; dayStartsAtMinute: number } {
  return compiled.outlets.get(outlet) ?? compiled.zone
}

function viewOf({ document }: CompiledProgramme): TillState['programme'] {
  const { id, version, name, currency, timeZone, points } = document
  const categories = new Set(document.rules.goods.flatMap((rule) => rule.when?.categories ?? []))
  const ru = points.names.ru ?? points.names.en ?? ['', '', '']
  const names = { ru, en: points.names.en ?? ru }
  const { step, value } = points
  return {
    ...{ id, version, name, currency, timeZone, step, value, names },
    categories: [...categories].sort(),
    takesCoupons: (document.coupons ?? []).length > 0,
    surerBy: (['code', 'pin'] as const).filter((way) => document.redemption.requires?.includes(`phone+${way}`)),
  }
}
