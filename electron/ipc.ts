import type { IpcMain, IpcMainEvent, IpcMainInvokeEvent, WebContents } from 'electron'
import { z } from 'zod'
import type { CoreEvent, CoreReply } from '../shared/core-api.ts'
import type { CoreHost, CoreRequest, DesktopApi, ShellEvent } from '../shared/desktop-api.ts'
import { memberId, outletId, receiptId } from '../shared/ids.ts'
import { purseId } from '../shared/ledger/entry-parts.ts'
import { deviceRow } from '../shared/sync/protocol.ts'
import { pointsText } from '../shared/wire.ts'
import { channels } from './channels.ts'
import type { Log } from './log.ts'
import { CORE_PAGE, TILL_PAGE } from './origin.ts'

/** Electron's IPC, typed by DesktopApi. Who speaks and what they say is checked on every channel. */
export type TillHandlers = Omit<DesktopApi, 'core' | 'onEvent'>
export type CoreHandlers = Omit<CoreHost, 'onRequest'>

export interface IpcOptions {
  readonly ipcMain: Pick<IpcMain, 'handle' | 'on'>
  readonly core: () => WebContents | null
  readonly till: () => WebContents | null
  readonly tillHandlers: TillHandlers
  readonly coreHandlers: CoreHandlers
  readonly log: Log
}

const RECORDS_MAX = 10_000
const waitMs = z.number().min(0).max(60_000)
const anyObject = z.record(z.string(), z.unknown())

/** Params of core methods are checked by the switchboard, changed settings by the settings. */
const args = {
  [channels.info]: z.tuple([]),
  [channels.call]: z.tuple([z.string().max(64), z.unknown()]),
  [channels.settings]: z.tuple([]),
  [channels.changeSettings]: z.tuple([anyObject]),
  [channels.enrolTill]: z.tuple([z.string().max(300), z.string().max(100)]),
  [channels.newPosToken]: z.tuple([]),
  [channels.devices]: z.tuple([]),
  [channels.foundPorts]: z.tuple([]),
  [channels.tryScanners]: z.tuple([z.boolean()]),
  [channels.neighbours]: z.tuple([]),
  [channels.coreReady]: z.tuple([]),
  [channels.coreReply]: z.tuple([
    z.int(),
    z.union([
      z.object({ ok: z.literal(true), value: z.unknown().optional() }),
      z.object({ ok: z.literal(false), reason: z.string(), detail: z.unknown().optional() }),
    ]),
  ]),
  [channels.coreEmit]: z.tuple([z.looseObject({ type: z.string() })]),
  [channels.appendJournal]: z.tuple([
    z
      .array(z.strictObject({ epoch: z.int().min(1), seq: z.int().min(0), text: z.string().max(4 * 1024 * 1024) }))
      .max(RECORDS_MAX),
  ]),
  [channels.readJournal]: z.tuple([z.int().min(1), z.int().min(0), z.int().min(1).max(RECORDS_MAX)]),
  [channels.pruneJournal]: z.tuple([z.strictObject({ epoch: z.int().min(1), seq: z.int().min(0) }), z.number()]),
  [channels.diskRoom]: z.tuple([]),
  [channels.shopTills]: z.tuple([
    z.strictObject({
      generation: z.int(),
      rows: z.array(deviceRow).max(RECORDS_MAX),
      gone: z.array(z.string()).max(RECORDS_MAX),
      whole: z.boolean(),
    }),
  ]),
  [channels.rightsFromNeighbours]: z.tuple([
    z.strictObject({ member: memberId, purse: purseId, points: pointsText }),
    waitMs,
  ]),
  [channels.receiptAtNeighbours]: z.tuple([outletId, receiptId, waitMs]),
} as const

/** The event comes from the top frame of this window, and that frame shows this page. */
export function isFrom(
  event: Pick<IpcMainEvent | IpcMainInvokeEvent, 'sender' | 'senderFrame'>,
  contents: WebContents | null,
  page: string,
): boolean {
  if (contents === null || event.sender !== contents) return false
  const url = event.senderFrame?.url
  return url !== undefined && (url === page || url.startsWith(`${page}#`) || url.startsWith(`${page}?`))
}

export function registerIpc(options: IpcOptions): void {
  const { ipcMain, tillHandlers: till, coreHandlers: core, log } = options
  const fromTill = (event: IpcMainInvokeEvent) => isFrom(event, options.till(), TILL_PAGE)
  const fromCore = (event: IpcMainInvokeEvent | IpcMainEvent) => isFrom(event, options.core(), CORE_PAGE)

  function handle(
    channel: keyof typeof args,
    allowed: (event: IpcMainInvokeEvent) => boolean,
    handler: (...given: never[]) => Promise<unknown>,
  ): void {
    ipcMain.handle(channel, async (event, ...given: unknown[]) => {
      if (!allowed(event)) {
        log('warn', 'a call from a foreign page was refused', { channel, url: event.senderFrame?.url })
        throw new Error('this page may not call this')
      }
      return handler(...(args[channel].parse(given) as never[]))
    })
  }

  function hear(channel: keyof typeof args, handler: (...given: never[]) => void): void {
    ipcMain.on(channel, (event: IpcMainEvent, ...given: unknown[]) => {
      const parsed = args[channel].safeParse(given)
      if (!fromCore(event) || !parsed.success) {
        log('warn', 'a message was refused', { channel, url: event.senderFrame?.url })
        return
      }
      handler(...(parsed.data as never[]))
    })
  }

  handle(channels.info, fromTill, till.info)
  handle(channels.call, fromTill, till.call)
  handle(channels.settings, fromTill, till.settings)
  handle(channels.changeSettings, fromTill, till.changeSettings)
  handle(channels.enrolTill, fromTill, till.enrolTill)
  handle(channels.newPosToken, fromTill, till.newPosToken)
  handle(channels.devices, fromTill, till.devices)
  handle(channels.foundPorts, fromTill, till.foundPorts)
  handle(channels.tryScanners, fromTill, till.tryScanners)
  handle(channels.neighbours, fromTill, till.neighbours)
  handle(channels.coreReady, fromCore, core.ready)
  handle(channels.appendJournal, fromCore, core.appendJournal)
  handle(channels.readJournal, fromCore, core.readJournal)
  handle(channels.pruneJournal, fromCore, core.pruneJournal)
  handle(channels.diskRoom, fromCore, core.diskRoom)
  handle(channels.shopTills, fromCore, core.shopTills)
  handle(channels.rightsFromNeighbours, fromCore, core.rightsFromNeighbours)
  handle(channels.receiptAtNeighbours, fromCore, core.receiptAtNeighbours)
  hear(channels.coreReply, (id: number, reply: CoreReply<unknown>) => core.reply(id, reply))
  hear(channels.coreEmit, (event: CoreEvent) => core.emit(event))
}

export function sendEvent(contents: WebContents | null, event: CoreEvent | ShellEvent): void {
  if (contents !== null && !contents.isDestroyed()) contents.send(channels.event, event)
}

export function sendRequest(contents: WebContents | null, request: CoreRequest): void {
  if (contents !== null && !contents.isDestroyed()) contents.send(channels.coreRequest, request)
}
