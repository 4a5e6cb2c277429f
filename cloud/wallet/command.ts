import { readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { MemberId } from '../../shared/ids.ts'
import type { Cloud } from '../cloud.ts'
import { Complaint } from '../complaint.ts'
import { parsed } from '../http/problems.ts'
import { publicUrlFrom } from '../messages/unsubscribe.ts'
import type { CommandLine } from '../options.ts'
import { cardsOf } from './content.ts'
import { passOf } from './passes.ts'
import { makePkpass } from './pkpass.ts'
import { linkFor, walletStatus } from './routes.ts'
import { appleOf, readWallet, saveWallet, walletRequest } from './settings.ts'

export const WALLET_USAGE =
  'wallet show | set FILE.json | make FILE.pkpass MEMBER | link MEMBER (MEMBER: --member ID | --card NUMBER | --phone PHONE) [--json]'

/** Passes for Apple Wallet and Google Wallet on the command line. */
export async function walletCommand(
  opened: Cloud,
  { rest, flags }: CommandLine,
  named: () => Promise<MemberId>,
): Promise<void> {
  const cloud: Cloud = { ...opened, publicUrl: publicUrlFrom(process.env) }
  const [verb = 'show', file] = rest
  const tell = (json: unknown, lines: readonly string[]) =>
    void process.stdout.write(flags.json ? `${JSON.stringify(json)}\n` : `${lines.join('\n')}\n`)
  switch (verb) {
    case 'set': {
      await saveWallet(cloud, parsed(walletRequest, await readSettings(needed(file))))
      const status = await walletStatus(cloud)
      return tell(status, inWords(status))
    }
    case 'show': {
      const status = await walletStatus(cloud)
      return tell(status, inWords(status))
    }
    case 'make': {
      const path = needed(file)
      const wallet = await readWallet(cloud, cloud.db)
      appleOf(cloud, wallet)
      const pass = await passOf(cloud, wallet!, await named())
      const card = (await cardsOf(cloud, cloud.db, wallet!, [pass])).get(pass.serial)!
      await writeFile(path, makePkpass(cloud, wallet!, pass.serial, card))
      const lines = [`${path}: ${card.programme}, ${card.number ?? 'no number'}, ${card.points}`]
      return tell({ file: path, serial: pass.serial, card }, lines)
    }
    case 'link': {
      const told = await linkFor(cloud, { member: await named() })
      return tell(told, [told.link])
    }
    default:
      throw new Complaint(`There is no "wallet ${verb}". ${WALLET_USAGE}`)
  }
}

function needed(file: string | undefined): string {
  if (file === undefined) throw new Complaint(`Name a file. ${WALLET_USAGE}`)
  return file
}

function inWords({
  settings,
  passes,
  google,
  devices,
  toPush,
  troubles,
  publicUrl,
}: Awaited<ReturnType<typeof walletStatus>>) {
  if (settings === null) return ['No wallet passes are set up: wallet set FILE.json']
  const { apple, google: account } = settings
  return [
    `${settings.organisation}: ${passes} passes, on ${devices} Apple devices and ${google} with Google; ${toPush} pushes wait`,
    apple === null
      ? 'Apple: not set up'
      : `Apple: ${apple.passType} of team ${apple.team}, until ${apple.until.slice(0, 10)}`,
    account === null ? 'Google: not set up' : `Google: issuer ${account.issuer}, ${account.serviceAccount}`,
    ...(publicUrl === null ? ['BONUSBOOK_PUBLIC_URL is not set: passes never change, and nobody gets a link'] : []),
    ...troubles.map(({ trouble, count }) => `${count} × ${trouble}`),
  ]
}

/** A file as `PUT /admin/v1/wallet` takes it; "file:NAME" stands for what is in the file beside it, pictures in base64. */
async function readSettings(path: string): Promise<unknown> {
  const text = await readFile(path, 'utf8').catch((error: Error) => {
    throw new Complaint(`${path} cannot be read: ${error.message}`)
  })
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw new Complaint(`${path} is not JSON: ${(error as Error).message}`)
  }
  return filled(value, dirname(path))
}

async function filled(value: unknown, folder: string, key = ''): Promise<unknown> {
  if (Array.isArray(value)) return value
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).map(async ([name, each]) => [name, await filled(each, folder, name)] as const)
    return Object.fromEntries(await Promise.all(entries))
  }
  if (typeof value !== 'string' || !value.startsWith('file:')) return value
  const name = join(folder, value.slice('file:'.length))
  const bytes = await readFile(name).catch((error: Error) => {
    throw new Complaint(`${name} cannot be read: ${error.message}`)
  })
  if (key === 'logo' || key === 'icon') return bytes.toString('base64')
  if (key !== 'serviceAccount') return bytes.toString('utf8')
  try {
    return JSON.parse(bytes.toString('utf8'))
  } catch {
    throw new Complaint(`${name} is not the key file of a service account.`)
  }
}
