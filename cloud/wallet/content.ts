import { sql } from 'kysely'
import type { DeviceId, MemberId, OutletId } from '../../shared/ids.ts'
import { accountKey } from '../../shared/ledger/booking-port.ts'
import { POINTS } from '../../shared/ledger/needs.ts'
import { plusDays } from '../../shared/ledger/rules.ts'
import type { ProgrammeDocument } from '../../shared/programme/schema.ts'
import type { BalanceRow, MemberRow } from '../../shared/sync/protocol.ts'
import { voidCard, type WalletCard, walletCard } from '../../shared/wallet/card.ts'
import { campaigns } from '../campaigns/store.ts'
import type { Cloud } from '../cloud.ts'
import type { Db, Tx } from '../database/connect.ts'
import { currentRows, programmeDay } from '../feed/rows.ts'
import { readProfiles } from '../members/profiles.ts'
import { type ToSay, textOf } from '../messages/words.ts'
import { surveyLink } from '../surveys/link.ts'
import { walletLink } from './link.ts'
import type { Pass } from './passes.ts'
import type { Wallet } from './settings.ts'

/** What passes show now, by whole pages. Rules W1 to W4. */

const NOBODY = { device: '' as DeviceId, outlet: '' as OutletId, seen: { epoch: 1, seq: 0 } }

export async function cardsOf(
  cloud: Cloud,
  tx: Tx | Db,
  { words }: Wallet,
  passes: readonly Pass[],
): Promise<Map<string, WalletCard>> {
  const programme = (await cloud.programmes.current(tx))?.compiled.document ?? null
  const today = await programmeDay(cloud, tx)
  const members = passes.flatMap(({ member, state }) => (member === null || state === 'void' ? [] : [member]))
  const [rows, balances, numbers, said] = [
    await memberRows(cloud, tx, members),
    await pointsOf(cloud, tx, members),
    await cardNumbers(cloud, tx, members),
    await messagesOf(cloud, tx, passes, today),
  ]
  const card = ({ member, serial, state }: Pass): WalletCard => {
    const row = member === null || state === 'void' ? undefined : rows.get(member)
    if (row === undefined || programme === null) return voidCard(programme?.name ?? words.organisation)
    const points = balances.get(row.id)
    const facts = {
      language: row.language ?? 'ru',
      number: numbers.get(row.id) ?? null,
      spendable: (points?.balance ?? '0.00').replace(/^-.*/, '0.00'),
      tier: row.tier,
      expiring: points?.expiring ?? [],
      message: said.get(serial) ?? null,
    }
    return walletCard(facts, programme as ProgrammeDocument, plusDays(today, words.burnsWithinDays))
  }
  return new Map(passes.map((pass) => [pass.serial, card(pass)]))
}

async function memberRows(cloud: Cloud, tx: Tx | Db, members: readonly MemberId[]): Promise<Map<string, MemberRow>> {
  const told = await currentRows(cloud, tx, 'member', members, NOBODY)
  return new Map(
    told.flatMap((change) => (change.scope === 'member' && change.row !== null ? [[change.key, change.row]] : [])),
  )
}

/** What is active: also what lies at tills as a right, for it is spent there. */
async function pointsOf(cloud: Cloud, tx: Tx | Db, members: readonly MemberId[]): Promise<Map<string, BalanceRow>> {
  const keys = members.map((member) => accountKey(member, POINTS))
  const told = await currentRows(cloud, tx, 'balance', keys, NOBODY)
  return new Map(
    told.flatMap((change) =>
      change.scope === 'balance' && change.row !== null ? [[change.row.member as string, change.row]] : [],
    ),
  )
}

/** The primary card of each, where it is active; else another. */
async function cardNumbers({ tenant }: Cloud, tx: Tx | Db, members: readonly MemberId[]): Promise<Map<string, string>> {
  const { rows } = await sql<{ member: string; number: string }>`
    select distinct on (member) member, number from card
    where tenant = ${tenant} and member = any(${members}::text[]) and state = 'active'
    order by member, main desc, number`.execute(tx)
  return new Map(rows.map(({ member, number }) => [member, number]))
}

/** The message of a campaign, by pass, as long as it is worth saying and its member takes messages. Rule W3. */
async function messagesOf(
  cloud: Cloud,
  tx: Tx | Db,
  passes: readonly Pass[],
  today: string,
): Promise<Map<string, string>> {
  const serials = passes.flatMap(({ serial, campaign }) => (campaign === null ? [] : [serial]))
  if (serials.length === 0) return new Map()
  const { tenant, keys } = cloud
  const { rows } = await sql<ToSay & { serial: string; campaign: string; member: string }>`
    select p.serial, m.campaign, m.member, m.touch, m.variant, m.points, m.gift_until as "giftUntil", m.said
    from wallet_pass p
    join message m on m.tenant = ${tenant} and m.campaign = p.campaign and m.member = p.member and m.anchor = p.anchor
      and m.touch = p.touch
    join consent c on c.tenant = ${tenant} and c.member = p.member and c.messages
    where p.tenant = ${tenant} and p.serial = any(${serials}::text[]) and m.until >= ${today}::date`.execute(tx)
  const documents = new Map((await campaigns(cloud, tx)).map(({ document }) => [document.id, document]))
  const members = rows.map(({ member }) => member)
  const profiles = await readProfiles(tx, tenant, keys, members)
  return new Map(
    rows.flatMap((row) => {
      const ownSurvey = (survey: string) => surveyLink(cloud, survey, row.member)
      const links = { walletLink: walletLink(cloud, row.member), surveyLink: ownSurvey }
      const text = textOf(documents.get(row.campaign), row, profiles.get(row.member), links)
      return text === undefined ? [] : [[row.serial, text]]
    }),
  )
}
