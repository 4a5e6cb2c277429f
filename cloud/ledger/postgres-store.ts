import type { TenantId } from '../../shared/ids.ts'
import type { Intake } from '../../shared/intake/intake.ts'
import type { LedgerReads, LedgerStore, LedgerTx } from '../../shared/intake/port.ts'
import type { SaleBody } from '../../shared/ledger/entry.ts'
import { hintsOf } from '../campaigns/hints.ts'
import { instant } from '../clock.ts'
import type { Cloud } from '../cloud.ts'
import type { Db, Tx } from '../database/connect.ts'
import { sqlState, transaction } from '../database/transaction.ts'
import { isSignedBy } from '../devices/enrol.ts'
import { lockDevice, lockStream, moveStream, readStream } from '../devices/streams.ts'
import { noteForFeed } from '../feed/note.ts'
import * as feed from '../feed/reads.ts'
import { saveSaid } from '../members/answered.ts'
import { erasedAmong } from '../members/erased.ts'
import { readProfiles, saveBirthdays, saveConsents, saveProfiles } from '../members/profiles.ts'
import { newestVersion, versionRow } from '../programmes/versions.ts'
import type { Keys } from '../secrets/keys.ts'
import { segmentsOf, segmentsToldSince } from '../segments/at-tills.ts'
import { receiptsOf } from '../segments/heard-receipts.ts'
import { factsOf, segmentNames, toldSegments } from '../segments/told-facts.ts'
import * as days from './days.ts'
import { answersAbout, answersIn, saveAdopted, saveEntries } from './entries.ts'
import * as facts from './facts.ts'
import { loadNeeds } from './load.ts'
import { saveBooking } from './save.ts'
import * as tills from './tills.ts'
import * as visits from './visits.ts'

/** The ledger's port on PostgreSQL. Every method is one statement, or one for each table that it touches. */

export interface Tables {
  readonly db: Db
  readonly tenant: TenantId
  readonly keys: Keys
}

export function postgresStore(tables: Tables): LedgerStore {
  return {
    transaction: (run) => transaction(tables.db, (tx) => run(ledgerTx(tables, tx))),
    snapshot: (run) => transaction(tables.db, (tx) => run(ledgerReads(tables, tx)), 'repeatable read'),
    blames: (error) => ['22', '23'].includes(sqlState(error).slice(0, 2)),
  }
}

/** The running service as the deciding code sees it. */
export function intakeOf(cloud: Cloud): Intake {
  return {
    store: postgresStore(cloud),
    programmes: cloud.programmes.shelf,
    couponKeys: [cloud.keys.couponKey],
    now: () => instant(cloud.clock),
    committed: () => cloud.feed.wake(),
    verify: isSignedBy,
  }
}

export function ledgerReads({ tenant, keys }: Tables, tx: Tx | Db): LedgerReads {
  return {
    readStream: (device, epoch) => readStream(tx, tenant, device, epoch),
    newestProgramme: () => newestVersion(tx, tenant),
    programmeText: (id, version) => versionRow(tx, tenant, id, version),
    profilesOf: (members) => readProfiles(tx, tenant, keys, members),
    segmentsOf: (members) => segmentsOf(tx, tenant, members),
    toldSegments: () => toldSegments(tx, tenant),
    segmentNames: () => segmentNames(tx, tenant),
    factsOf: (members, asked, stream) => factsOf(tx, { tenant, keys }, members, asked, stream),
    hintsOf: (members) => hintsOf(tx, tenant, members),
    keeping: () => visits.keeping(tx, tenant),
    memberCount: () => visits.memberCount(tx, tenant),
    feedBetween: (range, limit, device, outlet) => feed.feedBetween(tx, tenant, range, limit, { device, outlet }),
    feedReach: (after, rows) => feed.feedReach(tx, tenant, after, rows),
    feedHigh: () => feed.feedHigh(tx, tenant),
    feedWaiting: (limit) => feed.feedWaiting(tx, tenant, limit),
    feedKeys: (scope) => feed.feedKeys(tx, tenant, scope),
    feedDay: () => feed.feedDay(tx, tenant),
    keysBetween: (after, upto, limit, outlet) => feed.keysBetween(tx, tenant, { after, upto }, limit, outlet),
    keysOf: async (members) => ({ members, ...(await feed.holdings(tx, tenant, members)) }),
    withoutVisit: (places) => visits.withoutVisit(tx, tenant, places),
    accountsHeldBy: (device) => tills.accountsHeldBy(tx, tenant, device),
    holders: () => tills.holders(tx, tenant),
    accountsOnTheWay: (before) => tills.accountsOnTheWay(tx, tenant, before),
    membersNamed: (ids) => feed.membersNamed(tx, tenant, ids),
    cardsNamed: (numbers) => feed.cardsNamed(tx, tenant, numbers),
    accountsNamed: (named) => feed.accountsNamed(tx, tenant, named),
    staff: () => feed.staffRows(tx, tenant),
    devicesOf: (outlet) => feed.deviceRows(tx, tenant, outlet),
  }
}

export function ledgerTx(tables: Tables, tx: Tx): LedgerTx {
  const { tenant, keys } = tables
  /** Bodies of sales that stand in their entries as they are. */
  const writtenBodies = new WeakSet<SaleBody>()
  let newest: ReturnType<typeof newestVersion> | undefined
  return {
    ...ledgerReads(tables, tx),
    // asked for at each turn of a decision, which is made by one programme from end to end
    newestProgramme: () => (newest ??= newestVersion(tx, tenant)),
    lockDevice: (device) => lockDevice(tx, tenant, device),
    lockStream: (device, epoch) => lockStream(tx, tenant, device, epoch),
    moveStream: (stream) => moveStream(tx, tenant, stream),
    answers: (stream, from, count) => answersIn(tx, tenant, stream, from, count),
    answersAbout: (device, origins) => answersAbout(tx, tenant, device, origins),
    saveAdopted: (stream, adopted) => saveAdopted(tx, tenant, stream, adopted),
    saveEntries: (stream, entries, at) => saveEntries(tx, tenant, keys, stream, entries, at),
    load: (needs, into) => loadNeeds(tx, tenant, needs, into, writtenBodies),
    saveBooking: async (loaded, booking, items, current) => {
      for (const { entry } of items) if (entry.body.kind === 'sale') writtenBodies.add(entry.body)
      await saveBooking(tx, tenant, loaded, booking, writtenBodies, current)
    },
    erasedAmong: (members) => erasedAmong(tx, tenant, members),
    mergedInto: (members) => facts.mergedInto(tx, tenant, members),
    rightsTills: (all, device) => tills.rightsTills(tx, tenant, all, device),
    publicKeys: (devices) => tills.publicKeys(tx, tenant, devices),
    lockAllotTurn: () => tills.lockAllotTurn(tx, tenant),
    saveAllotTurn: (turn) => tills.saveAllotTurn(tx, tenant, turn),
    membersWithFree: (after, limit) => tills.membersWithFree(tx, tenant, after, limit),
    accountsOf: (members) => facts.accountsOf(tx, tenant, members),
    cardsOf: (members) => facts.cardsOf(tx, tenant, members),
    purchasesOf: (programme, members, latest) => facts.purchasesOf(tx, tenant, programme, members, latest),
    decisionsOf: (members) => facts.decisionsOf(tx, tenant, members),
    givenTo: (members) => facts.givenTo(tx, tenant, members),
    segmentsToldSince: (members, since) => segmentsToldSince(tx, tenant, members, since),
    receiptsOf: (programme, members) => receiptsOf(tx, tenant, programme, members),
    issuedTo: (members, since) => facts.onceIssuedTo(tx, tenant, members, since),
    saveDecisions: (entries) => facts.saveDecisions(tx, tenant, entries),
    saveGiven: (gifts, day) => facts.saveGiven(tx, tenant, gifts, day),
    saveIssued: (values, until) => facts.saveIssued(tx, tenant, values, until),
    forgetIssued: (before) => facts.forgetIssued(tx, tenant, before),
    saveProfiles: (profiles) => saveProfiles(tx, tenant, keys, profiles),
    saveConsents: (consents) => saveConsents(tx, tenant, consents),
    saveBirthdays: (profiles) => saveBirthdays(tx, tenant, keys, profiles),
    saveSaid: (saids) => saveSaid(tx, tenant, keys, saids),
    saveProgress: (found) => facts.saveProgress(tx, tenant, found),
    saveVisits: (all) => visits.saveVisits(tx, tenant, all),
    passVisits: (heirs) => visits.passVisits(tx, tenant, heirs),
    lockKeepingTurn: () => visits.lockKeepingTurn(tx, tenant),
    saveKeepingTurn: (turn) => visits.saveKeepingTurn(tx, tenant, turn),
    visitsBefore: (day, after, limit) => visits.visitsBefore(tx, tenant, day, after, limit),
    dropVisits: (places, before) => visits.dropVisits(tx, tenant, places, before),
    noteForFeed: (notes) => noteForFeed(tx, tenant, notes),
    lockDayTurn: () => days.lockDayTurn(tx, tenant),
    saveDayTurn: (turn) => days.saveDayTurn(tx, tenant, turn),
    membersAsked: (questions, after, limit) => days.membersAsked(tx, tenant, keys, questions, after, limit),
    lockFeedDay: () => days.lockFeedDay(tx, tenant),
    saveFeedDay: (day) => days.saveFeedDay(tx, tenant, day),
    pursesTurning: (from, to) => days.pursesTurning(tx, tenant, from, to),
  }
}
