import { readFile } from 'node:fs/promises'
import type { z } from 'zod'
import { cardNumber, type MemberId, memberId, outletId, receiptId } from '../shared/ids.ts'
import { loseTill } from './admin/lists.ts'
import { attachment, carryOut, holderOf } from './admin/wishes.ts'
import { REPORT_USAGE, reportCommand } from './analysis/command.ts'
import { CAMPAIGN_USAGE, campaignCommand } from './campaigns/command.ts'
import { rehearseCommand } from './campaigns/rehearsal/command.ts'
import { machineClock } from './clock.ts'
import { Complaint } from './complaint.ts'
import { defaultDataFolder } from './database/data-folder.ts'
import { seedDemo } from './demo/seed.ts'
import { makeEnrolCode } from './devices/codes.ts'
import { checkOutlet } from './devices/outlets.ts'
import { bringFactsUp, rebuildFacts } from './facts/keep.ts'
import { importHistory, importPeople } from './imports/command.ts'
import { balancesOf } from './members/balances.ts'
import { erasePerson } from './members/erase.ts'
import { exportPerson } from './members/export.ts'
import { findMembers, findPeople, type MemberName } from './members/find.ts'
import { type OpenCloud, openCloud } from './open.ts'
import type { CommandLine } from './options.ts'
import { eventsToken } from './secrets/keys.ts'
import { cardLines, demoSeed, serve } from './serve.ts'
import { parseTenant } from './start.ts'
import { SURVEY_USAGE, surveyCommand, TASK_USAGE, taskCommand } from './surveys/command.ts'
import { newIncarnation } from './tenant.ts'
import { WALLET_USAGE, walletCommand } from './wallet/command.ts'

export interface Command {
  readonly usage: string
  readonly does: string
  run(line: CommandLine): Promise<void>
}

/** What can be asked on the command line; the database is the one that the service uses, running or not. */
export const commands: Readonly<Record<string, Command>> = {
  serve: {
    usage: 'serve [--port N] [--host H] [--tls-key F --tls-cert F | --behind-proxy] [--demo] [--log LEVEL] [--json]',
    does: 'runs the service until SIGTERM',
    run: serve,
  },
  migrate: {
    usage: 'migrate',
    does: 'brings the database to this release',
    run: (line) =>
      withCloud(line, async (cloud) => {
        tell(line, { migrated: true, tenant: cloud.tenant }, 'The database is ready for this release.')
      }),
  },
  'enrol-code': {
    usage: 'enrol-code --outlet A --till 1 [--json]',
    does: 'makes a code that enrols one till once, within a day',
    run: (line) =>
      withCloud(line, async (cloud) => {
        const outlet = read(outletId, line, 'outlet')
        await checkOutlet(cloud, outlet)
        const code = await makeEnrolCode(cloud, outlet, needed(line, 'till'))
        tell(line, code, `${code.code}  (outlet ${code.outlet}, till ${code.till}, until ${code.expiresAt})`)
      }),
  },
  till: {
    usage: 'till lost DEVICE [--json]',
    does: 'writes a till off as lost: it may no longer connect, and what it held may be redeemed elsewhere',
    run: (line) =>
      withCloud(line, async (cloud) => {
        const [what, device] = line.rest
        if (what !== 'lost' || device === undefined) throw new Complaint('Say which: till lost DEVICE.')
        const { freed } = await loseTill(cloud, device)
        const said = `The till ${device} may no longer speak. Rights given back to their members: ${freed}.`
        tell(line, { device, freed }, said)
        cloud.feed.wake()
      }),
  },
  publish: {
    usage: 'publish FILE [--json]',
    does: 'publishes a programme document; a version once published never changes',
    run: (line) =>
      withCloud(line, async (cloud) => {
        const { document, text } = await readDocument(line.rest[0])
        const published = await cloud.programmes.publish(document, text)
        const said = published.isNew ? 'is published' : 'was published before, the same'
        tell(line, published, `Version ${published.version} of ${published.id} ${said} (${published.hash}).`)
        cloud.feed.wake()
      }),
  },
  balance: {
    usage: 'balance --member ID | --card NUMBER | --phone PHONE [--json]',
    does: "shows a member's purses",
    run: (line) =>
      withCloud(line, async (cloud) => {
        const members = await findMembers(cloud, memberNamed(line))
        if (members.length === 0) throw new Complaint('No such member.')
        for (const member of members) {
          const purses = await balancesOf(cloud, member)
          const lines = purses.map((purse) => `  ${purse.purse}: ${purse.balance} (spendable ${purse.spendable})`)
          tell(line, { member, purses }, [member, ...(lines.length === 0 ? ['  nothing yet'] : lines)].join('\n'))
        }
      }),
  },
  appoint: {
    usage: 'appoint (--member ID | --card NUMBER | --phone PHONE) --tier ID|none [--by WHO] [--json]',
    does: 'gives a member a tier, or takes it away',
    run: (line) =>
      withWish(line, () => {
        const tier = needed(line, 'tier')
        return () => ({ do: 'appoint', tier: tier === 'none' ? null : tier, by: byOf(line) })
      }),
  },
  merge: {
    usage: 'merge (--member ID | --card NUMBER | --phone PHONE) --into ID --reason TEXT [--by WHO] [--json]',
    does: 'merges two members: points, cards and later receipts go over',
    run: (line) =>
      withWish(line, () => {
        const [into, reason] = [read(memberId, line, 'into'), needed(line, 'reason')]
        return async (_, at) => ({ do: 'merge', into: await at.state(into), by: byOf(line), reason })
      }),
  },
  'replace-card': {
    usage: 'replace-card --card NUMBER --with NUMBER [--by WHO] [--json]',
    does: 'replaces a card that was lost or broken with a new one',
    run: (line) =>
      withWish(line, (cloud) => {
        const [number, fresh] = [read(cardNumber, line, 'card'), read(cardNumber, line, 'with')]
        return async (_, { tx }) => {
          return { do: 'replace_card', number, with: fresh, holder: await holderOf(cloud, tx, fresh), by: byOf(line) }
        }
      }),
  },
  attach: {
    usage: 'attach (--member ID | --card NUMBER | --phone PHONE) --outlet A --receipt NUMBER [--by WHO] [--json]',
    does: 'adds a member to a receipt afterwards',
    run: (line) =>
      withWish(line, (cloud) => {
        const [outlet, receipt] = [read(outletId, line, 'outlet'), read(receiptId, line, 'receipt')]
        return (state, at) => attachment(cloud, state, at, { outlet, receipt }, byOf(line))
      }),
  },
  import: {
    usage:
      'import FILE.csv[.gz] [--map FILE.json] [--zone Europe/Moscow] [--rejects FILE.csv] [--encoding windows-1251] [--json]',
    does: 'imports the purchase history of a previous system; can be interrupted and run again',
    run: (line) => withCloud(line, (cloud) => importHistory(cloud, line)),
  },
  'import-members': {
    usage: 'import-members FILE.csv[.gz] [--map FILE.json] [--rejects FILE.csv] [--encoding windows-1251] [--json]',
    does: 'imports members, cards and balances of a previous system; members already here stay as they are',
    run: (line) => withCloud(line, (cloud) => importPeople(cloud, line)),
  },
  facts: {
    usage: 'facts [--rebuild] [--json]',
    does: 'brings what is known of members up to date; --rebuild computes all of it anew',
    run: (line) =>
      withCloud(line, async (cloud) => {
        await (line.flags.rebuild ? rebuildFacts(cloud) : bringFactsUp(cloud))
        const { members } = await cloud.db
          .selectFrom('member_fact')
          .select((of) => of.fn.countAll<bigint>().as('members'))
          .where('tenant', '=', cloud.tenant)
          .executeTakeFirstOrThrow()
        tell(line, { members: Number(members) }, `The facts of ${members} members are up to date.`)
      }),
  },
  report: {
    usage: REPORT_USAGE,
    does: 'computes a report as of a moment; what came later is left out; --members adds a row for each member',
    run: (line) => withCloud(line, (cloud) => reportCommand(cloud, line)),
  },
  'events-token': {
    usage: 'events-token',
    does: 'shows the token with which a site or an app may POST /events',
    run: (line) => withCloud(line, async (cloud) => tell(line, { token: eventsToken(cloud) }, eventsToken(cloud))),
  },
  'export-member': {
    usage: 'export-member (--member ID | --card NUMBER | --phone PHONE)',
    does: 'prints everything that is kept about one person, as JSON',
    run: (line) =>
      withCloud(line, async (cloud) => {
        process.stdout.write(
          `${JSON.stringify(await exportPerson(cloud, await oneNamed(cloud, line, findPeople)), null, 2)}\n`,
        )
      }),
  },
  'erase-member': {
    usage: 'erase-member (--member ID | --card NUMBER | --phone PHONE) [--json]',
    does: 'forgets a person for good; the sums of the ledger stay',
    run: (line) =>
      withCloud(line, async (cloud) => {
        const done = await erasePerson(cloud, await oneNamed(cloud, line, findPeople))
        tell(line, done, `Forgotten. ${done.receipts} receipts are anonymous now, ${done.cards} cards are blocked.`)
      }),
  },
  campaign: {
    usage: CAMPAIGN_USAGE,
    does: 'campaigns: chains of touches for customers who have stopped buying',
    run: (line) => withCloud(line, (cloud) => campaignCommand(cloud, line)),
  },
  wallet: {
    usage: WALLET_USAGE,
    does: 'cards for Apple Wallet and Google Wallet: settings, a pass as a file to look at, a member’s link',
    run: (line) => withCloud(line, (cloud) => walletCommand(cloud, line, () => oneNamed(cloud, line))),
  },
  survey: {
    usage: SURVEY_USAGE,
    does: 'surveys: short questions whose answers become attributes of members',
    run: (line) => withCloud(line, (cloud) => surveyCommand(cloud, line)),
  },
  task: {
    usage: TASK_USAGE,
    does: 'tasks: what members are rewarded for once, a survey, a review or a whole profile',
    run: (line) => withCloud(line, (cloud) => taskCommand(cloud, line)),
  },
  rehearse: {
    usage: 'rehearse [--seed N] [--members N] [--days N] [--json]',
    does: 'tries the preset campaigns for sleeping customers on simulated ones, on a database of its own',
    run: rehearseCommand,
  },
  'seed-demo': {
    usage: 'seed-demo [--demo-seed N] [--json]',
    does: 'fills an empty database with a café, its members and their history',
    run: (line) =>
      withCloud(line, async (cloud) => {
        const cards = await seedDemo(cloud, machineClock, demoSeed(line.flags['demo-seed']))
        tell(line, { cards }, `The café is there. Cards worth trying:\n${cardLines(cards)}`.trimEnd())
      }),
  },
  restored: {
    usage: 'restored',
    does: 'after a restore from a backup: tills pull again from nothing and send what the backup does not have',
    run: (line) =>
      withCloud(line, async (cloud) => {
        const incarnation = await newIncarnation(cloud.db, cloud.tenant)
        tell(
          line,
          { incarnation },
          `The database has a new name (${incarnation}); services that run hear of it within seconds.`,
        )
      }),
  },
}

export function help(name?: string): string {
  const known = name === undefined ? undefined : commands[name]
  const listed = known === undefined ? Object.values(commands) : [known]
  const lines = listed.map(({ usage, does }) => `  ${usage}\n      ${does}\n`)
  return `npm run -s cloud -- COMMAND

${lines.join('')}
Everywhere: --data DIR (default ${defaultDataFolder()}), --tenant NAME (default main), --json.
Environment: DATABASE_URL (else an embedded PostgreSQL in the data folder), BONUSBOOK_DATA, BONUSBOOK_TENANT,
BONUSBOOK_MASTER_KEY (32 bytes in base64; else master.key in the data folder), BONUSBOOK_ADMIN_TOKEN; all others: cloud/README.md.
`
}

async function withCloud(line: CommandLine, work: (cloud: OpenCloud) => Promise<void>): Promise<void> {
  const { start } = line
  const cloud = await openCloud({
    dataFolder: start.dataFolder ?? defaultDataFolder(),
    databaseUrl: start.databaseUrl,
    tenant: parseTenant(start.tenant ?? ''),
    masterKey: start.masterKey,
    adminToken: start.adminToken,
    clock: machineClock,
    connections: 4,
    troublesTo: (what, error) => process.stderr.write(`${what}: ${error}\n`),
  })
  try {
    await work(cloud)
    await cloud.feed.settled()
  } finally {
    await cloud.close()
  }
}

type Wish = Parameters<typeof carryOut>[3]

/** One member, one wish, the entries that carried it out. */
async function withWish(line: CommandLine, wishOf: (cloud: OpenCloud) => Wish): Promise<void> {
  await withCloud(line, async (cloud) => {
    const wish = wishOf(cloud)
    const done = await carryOut(cloud, await oneNamed(cloud, line), byOf(line), wish)
    const lines = done.entries.map(
      ({ key, kind, disposition }) => `${kind} ${key.device}/${key.epoch}/${key.seq}: ${disposition.kind}`,
    )
    tell(line, done, lines.join('\n'))
  })
}

async function oneNamed(cloud: OpenCloud, line: CommandLine, find = findMembers): Promise<MemberId> {
  const name = memberNamed(line)
  const found = await find(cloud, name)
  if (found.length === 0) throw new Complaint('No such member.')
  if ('phone' in name && found.length > 1) throw new Complaint('Several members share this phone; name one by card.')
  return found.at(-1)!
}

const byOf = (line: CommandLine): string => line.flags.by?.trim() || 'admin'

function tell(line: CommandLine, json: unknown, words: string): void {
  process.stdout.write(`${line.flags.json ? JSON.stringify(json) : words}\n`)
}

function needed(
  line: CommandLine,
  flag: 'outlet' | 'till' | 'tier' | 'into' | 'with' | 'receipt' | 'reason' | 'card',
): string {
  const value = line.flags[flag]?.trim()
  if (value === undefined || value === '')
    throw new Complaint(`--${flag} is missing: ${commands[line.command!]!.usage}`)
  return value
}

function read<T>(schema: z.ZodType<T>, line: CommandLine, flag: Parameters<typeof needed>[1]): T {
  const given = needed(line, flag)
  const parsed = schema.safeParse(given)
  if (!parsed.success)
    throw new Complaint(`--${flag}: found ${JSON.stringify(given)}; ${parsed.error.issues[0]!.message}`)
  return parsed.data
}

function memberNamed({ flags }: CommandLine): MemberName {
  const { member, card, phone } = flags
  if ([member, card, phone].filter((given) => given !== undefined).length !== 1) {
    throw new Complaint('Name the member by one of --member, --card and --phone.')
  }
  if (phone !== undefined) return { phone }
  const parsed = card !== undefined ? cardNumber.safeParse(card) : memberId.safeParse(member)
  if (!parsed.success) throw new Complaint(parsed.error.issues[0]!.message)
  return card !== undefined ? { card: cardNumber.parse(card) } : { member: memberId.parse(member) }
}

async function readDocument(path: string | undefined): Promise<{ document: unknown; text: string }> {
  if (path === undefined) throw new Complaint('Which file? publish FILE')
  const text = await readFile(path, 'utf8').catch((error: Error) => {
    throw new Complaint(`${path} cannot be read: ${error.message}`)
  })
  try {
    return { document: JSON.parse(text.replace(/^\uFEFF/, '')), text }
  } catch (error) {
    throw new Complaint(`${path} is not JSON: ${(error as Error).message}`)
  }
}
