import { z } from 'zod'
import type { SerialSetting } from '../shared/desktop-api.ts'
import { LAN_PORT } from '../shared/lan/protocol.ts'
import { placeOf } from './lan/place.ts'

/**
 * What the app understands from its environment. All of it is for machines: tests, `npm start`, and shops that install
 * tills without a person.
 *
 *   BONUSBOOK_PROFILE      folder for everything that this till keeps (default: the system's place for the app)
 *   BONUSBOOK_HEADLESS=1   no display: windows are made, but not shown
 *   BONUSBOOK_WINDOW=0     headless, and without the cashier's window: only the core and the POS API
 *   BONUSBOOK_ANNOUNCE=1   one JSON line on stdout when the core and the POS API are ready:
 *                          {"till":{"posApi","token","shell","profile"}}; the token is good for this run only
 *   BONUSBOOK_CLOUD        the cloud's address; a till that has joined looks for it there from now on
 *   BONUSBOOK_ENROL_CODE   with BONUSBOOK_CLOUD: a manager's one-time code, to join without a person, if not joined yet;
 *                          tried again while nobody answers there
 *   BONUSBOOK_POS_PORT     port of the POS API for this run; 0 takes any free one
 *   BONUSBOOK_POS_TOKEN    a token that the POS API takes during this run
 *   BONUSBOOK_EXCHANGE     the folder for files of cash register software during this run
 *   BONUSBOOK_SERIAL       a serial scanner for this run: "path" or "path@baud", several with commas
 *   BONUSBOOK_LAN_PORT     port for the other tills of the shop during this run; 0 takes any free one
 *   BONUSBOOK_LAN          where those tills are: "host:port", several with commas; "0": keep off the local network
 *   BONUSBOOK_CDP_PORT     opens the browser engine's debugging port, for tests that look at the windows
 */
export interface Environment {
  readonly profile: string | null
  readonly headless: boolean
  readonly window: boolean
  readonly announce: boolean
  readonly cloud: string | null
  readonly enrolCode: string | null
  readonly posPort: number | null
  readonly posToken: string | null
  readonly exchange: string | null
  readonly serial: readonly SerialSetting[]
  readonly lanPort: number | null
  /** null: as the settings say. */
  readonly lan: readonly string[] | 'off' | null
  readonly cdpPort: number | null
}

const port = z.coerce.number().int().min(0).max(65535)
const baudRate = z.coerce.number().int().min(300).max(4_000_000)

/** Throws a sentence that names the variable where one makes no sense. */
export function environmentFrom(variables: Readonly<Record<string, string | undefined>>): Environment {
  const text = (name: string) => variables[name]?.trim() || null
  const portOf = (name: string) => {
    const given = text(name)
    if (given === null) return null
    const parsed = port.safeParse(given)
    if (!parsed.success) throw new Error(`${name}: found ${JSON.stringify(given)}; a port from 0 to 65535 is allowed`)
    return parsed.data
  }
  return {
    profile: text('BONUSBOOK_PROFILE'),
    headless: text('BONUSBOOK_HEADLESS') === '1',
    window: text('BONUSBOOK_WINDOW') !== '0',
    announce: text('BONUSBOOK_ANNOUNCE') === '1',
    cloud: text('BONUSBOOK_CLOUD'),
    enrolCode: text('BONUSBOOK_ENROL_CODE'),
    posPort: portOf('BONUSBOOK_POS_PORT'),
    posToken: text('BONUSBOOK_POS_TOKEN'),
    exchange: text('BONUSBOOK_EXCHANGE'),
    serial: (text('BONUSBOOK_SERIAL') ?? '').split(',').filter(Boolean).map(serialSetting),
    lanPort: portOf('BONUSBOOK_LAN_PORT'),
    lan: text('BONUSBOOK_LAN') === '0' ? 'off' : (text('BONUSBOOK_LAN')?.split(',').map(lanPlace) ?? null),
    cdpPort: portOf('BONUSBOOK_CDP_PORT'),
  }
}

function serialSetting(text: string): SerialSetting {
  const [, path, baud] = /^([^@]+)(?:@(.*))?$/.exec(text.trim()) ?? []
  const parsed = baudRate.safeParse(baud ?? '9600')
  if (path === undefined || !parsed.success) {
    const allowed = '"path" or "path@baud" is allowed, such as COM3@9600; baud from 300 to 4000000'
    throw new Error(`BONUSBOOK_SERIAL: found ${JSON.stringify(text.trim())}; ${allowed}`)
  }
  return { path, baudRate: parsed.data, enabled: true }
}

function lanPlace(text: string): string {
  const place = text.trim()
  if (placeOf(place, LAN_PORT) !== undefined) return place
  const allowed = '"host" or "host:port" is allowed, several with commas, or 0'
  throw new Error(`BONUSBOOK_LAN: found ${JSON.stringify(place)}; ${allowed}`)
}
