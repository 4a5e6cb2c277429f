import type { MemberId } from '../ids.ts'
import { named, type Tables, type Undo } from './memory-tables.ts'
import type { LedgerTx, Visit, VisitPlace } from './port.ts'
import { visitKey } from './rows.ts'

/** Who was where, in the tables of the memory store. `undo`: of the transaction that is under way. */
export function visitsIn(
  tables: Tables,
  undo: () => Undo,
): Pick<LedgerTx, 'saveVisits' | 'passVisits' | 'visitsBefore' | 'dropVisits'> {
  /** Those who were not known there. */
  const come = (visits: readonly Visit[]): MemberId[] =>
    visits.flatMap((visit) => {
      const key = visitKey(visit)
      const known = tables.visits.get(key)
      if (known === undefined) undo().add(tables.visitsOf, visit.member, key)
      if (known === undefined || known.day < visit.day) undo().put(tables.visits, key, visit)
      return known === undefined ? [visit.member] : []
    })
  return {
    async saveVisits(visits) {
      return come(visits)
    },
    async passVisits(heirs) {
      return heirs.flatMap(({ from, into }) =>
        come(named(tables.visits, tables.visitsOf.get(from) ?? []).map((visit) => ({ ...visit, member: into }))),
      )
    },
    async visitsBefore(day, after, limit) {
      const old = [...tables.visits].filter(([, visit]) => visit.day < day).map(([, visit]) => visit)
      const beyond = old.filter((visit) => after === null || isBefore(after, visit))
      return beyond.sort((a, b) => (isBefore(a, b) ? -1 : 1)).slice(0, limit)
    },
    async dropVisits(places, before) {
      return places.filter((place) => {
        const key = visitKey(place)
        const known = tables.visits.get(key)
        if (known === undefined || known.day >= before) return false
        undo().drop(tables.visits, key)
        const others = (tables.visitsOf.get(place.member) ?? []).filter((each) => each !== key)
        undo().put(tables.visitsOf, place.member, others)
        return true
      })
    },
  }
}

const isBefore = (one: VisitPlace, other: VisitPlace): boolean =>
  one.outlet < other.outlet || (one.outlet === other.outlet && one.member < other.member)
