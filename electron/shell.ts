import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { app, globalShortcut, ipcMain, protocol, safeStorage, session } from 'electron'
import type { CoreEvent } from '../shared/core-api.ts'
import type { ShellEvent, ShellInfo } from '../shared/desktop-api.ts'
import { cloudProxy } from './cloud-proxy.ts'
import { openCoreWindow } from './core-window.ts'
import { diskRoom } from './disk-room.ts'
import type { Environment } from './environment.ts'
import { type Exchange, startExchange } from './exchange/start.ts'
import { registerIpc, sendEvent, sendRequest } from './ipc.ts'
import { obeyEnvironment } from './joining.ts'
import { openJournal } from './journal.ts'
import { openLan } from './lan/lan.ts'
import { lockDownApp, lockDownSession } from './lockdown.ts'
import { fileLog } from './log.ts'
import { openMembership } from './membership.ts'
import { originHandler } from './origin.ts'
import { type PosApi, startPosApi } from './pos-api/start.ts'
import { type Devices, openDevices } from './scanners/devices.ts'
import { scanRoute } from './scanners/route.ts'
import { takePicturesOnSignal } from './screen-picture.ts'
import { openSecrets } from './secrets.ts'
import { openSettings } from './settings.ts'
import { openShortcut, type Shortcut } from './shortcut.ts'
import { createSwitchboard } from './switchboard.ts'
import { createTillWindow } from './till-window.ts'
import { openUpdates, type Updater } from './updates.ts'
import { watchCore } from './watchdog.ts'

/** Registers that waited are told that the core is gone; closing the POS API cuts off whoever has not been answered. */
const LAST_WORDS_MS = 100

/** Plugs the parts of the shell together: windows, core, cloud, journal, scanners and the POS API. */
export async function startShell(environment: Environment): Promise<void> {
  const profile = app.getPath('userData')
  mkdirSync(profile, { recursive: true, mode: 0o700 })
  const log = fileLog(join(profile, 'logs'), () => new Date())
  const language = Intl.DateTimeFormat().resolvedOptions().locale.startsWith('en') ? 'en' : 'ru'
  const settings = openSettings(join(profile, 'settings.json'), language, log)
  const version = app.getVersion()
  const info: ShellInfo = {
    shell: process.versions.electron === undefined ? 'stand-in' : 'electron',
    version,
    headless: environment.headless,
  }
  log('info', 'starting', { ...info, profile })

  // A fault in one part is written down; it must not take the others, and the books, with it.
  process.on('uncaughtException', (error) => log('error', 'a fault in the shell', { error: error.stack }))
  process.on('unhandledRejection', (reason) => {
    log('error', 'a fault in the shell', { error: reason instanceof Error ? reason.stack : String(reason) })
  })

  lockDownApp(app, log)
  const journal = await openJournal({ folder: join(profile, 'journal'), log })
  const switchboard = createSwitchboard()
  await app.whenReady()
  lockDownSession(session.defaultSession)

  const secrets = openSecrets(join(profile, 'secrets'), safeStorage, log)
  const membership = openMembership({ file: join(profile, 'identity.json'), secrets, settings, app: version, log })
  const joining = await obeyEnvironment(environment, { membership, settings, log })
  const root = join(import.meta.dirname, '../renderer')
  protocol.handle('https', originHandler({ root, cloud: cloudProxy(membership) }))

  const preload = join(import.meta.dirname, '../preload/preload.cjs')
  const tillWindow = createTillWindow(
    { preload, visible: !environment.headless, devTools: !app.isPackaged, settings: settings.current },
    log,
  )
  takePicturesOnSignal(profile, tillWindow.window, log)
  const tell = (event: CoreEvent | ShellEvent) => sendEvent(tillWindow.window()?.webContents ?? null, event)

  let devices: Devices | null = null
  let posApi: PosApi | null = null
  let exchange: Exchange | null = null
  let shortcut: Shortcut | null = null
  const allDevices = () => [
    ...(devices?.statuses() ?? []),
    ...[posApi?.trouble() ?? []].flat(),
    ...[shortcut?.trouble() ?? []].flat(),
    ...[exchange?.trouble() ?? []].flat(),
  ]
  const tellDevices = () => tell({ type: 'devices', devices: allDevices() })
  devices = openDevices({
    serial: () => [...settings.current().serial, ...environment.serial],
    hid: () => settings.current().hid,
    hidAffixes: () => settings.current().hidAffixes,
    passOn: () => settings.current().passOn,
    onFrame: (code, source) => void takeScan({ code, source }),
    onChange: tellDevices,
    onTried: (scan) => tell({ type: 'tried', scan }),
    log,
  })
  const takeScan = scanRoute(switchboard, () => devices)
  shortcut = openShortcut(globalShortcut, settings.current, tillWindow.toggle, tellDevices)
  const api = await startPosApi({
    profile,
    environment,
    settings: settings.current,
    secrets,
    switchboard,
    version,
    onChange: tellDevices,
    log,
  })
  posApi = api
  exchange = startExchange({
    environment,
    settings: settings.current,
    call: switchboard.call,
    onChange: tellDevices,
    log,
  })

  const room = () => diskRoom([profile, join(profile, 'journal')], settings.current().disk.lowMegabytes)
  const lan = openLan({
    profile,
    environment,
    settings: settings.current,
    membership,
    switchboard,
    app: version,
    journal,
    room,
    restartCore: () => core.restart(),
    onChange: () => tell({ type: 'neighbours', neighbours: lan.view() }),
    log,
  })

  // The window shows the state, which holds the rest; what became of each quote is for registers.
  const isShown = ({ type }: CoreEvent) => type === 'state' || type === 'scan'
  switchboard.onEvent((event) => (isShown(event) ? tell(event) : undefined))
  switchboard.onCore((state) => tell({ type: 'core', state }))

  let announced = !environment.announce
  function announceOnce(): void {
    if (announced) return
    announced = true
    const till = { posApi: api.address(), token: api.runToken, shell: info.shell, profile }
    process.stdout.write(`${JSON.stringify({ till })}\n`)
  }

  const beginAsMember = async () => {
    core.restart()
    await lan.refresh()
  }

  registerIpc({
    ipcMain,
    core: () => core.window()?.webContents ?? null,
    till: () => tillWindow.window()?.webContents ?? null,
    log,
    tillHandlers: {
      info: async () => info,
      call: (method, params) => (method === 'scans.take' ? takeScan(params) : switchboard.callAny(method, params)),
      settings: async () => settings.current(),
      changeSettings: async (change) => {
        const reply = settings.change(change)
        if (!reply.ok) return reply
        tillWindow.apply(reply.settings)
        devices?.refresh()
        shortcut?.refresh()
        updates.refresh()
        await api.refresh()
        exchange?.refresh()
        await lan.refresh()
        tell({ type: 'settings', settings: reply.settings })
        return reply
      },
      enrolTill: async (cloud, code) => {
        const reply = await membership.join(cloud, code)
        if (reply.ok) await beginAsMember()
        return reply
      },
      newPosToken: async () => api.newToken(),
      devices: async () => allDevices(),
      foundPorts: async () => (await devices?.foundPorts()) ?? { ports: [], trouble: null },
      tryScanners: async (on) => devices?.tryScanners(on),
      neighbours: async () => lan.view(),
    },
    coreHandlers: {
      ready: async () => {
        const asking = core.window()
        const strays = await lan.recovered() // takes seconds, in which that window may be gone
        // Requests go out after the answer that tells the core who it is.
        setImmediate(() => {
          if (!core.isReady(asking)) return
          switchboard.coreUp((request) => sendRequest(core.window()?.webContents ?? null, request))
          announceOnce()
        })
        return { identity: membership.identity(), language: settings.current().language, app: version, strays }
      },
      reply: switchboard.reply,
      emit: switchboard.emit,
      appendJournal: async (records) => {
        const reply = await journal.append(records)
        if (reply.ok) lan.journalled(records)
        return reply
      },
      readJournal: journal.read,
      pruneJournal: journal.prune,
      diskRoom: room,
      shopTills: lan.shopTills,
      rightsFromNeighbours: lan.rightsFromNeighbours,
      receiptAtNeighbours: lan.receiptAtNeighbours,
    },
  })

  const onNetwork = lan.refresh()
  const updates = openUpdates({ settings: settings.current, updater: app.isPackaged ? packagedUpdater : null, log })
  const core = openCoreWindow(preload, switchboard.coreDown, log)
  const watchdog = watchCore(switchboard, () => {
    log('error', 'the core answers nobody and is started anew')
    core.restart()
  })
  await onNetwork
  void joining.later.then((isMember) => (isMember ? beginAsMember() : undefined))
  if (environment.window) tillWindow.show()
  app.on('second-instance', () => tillWindow.show())
  app.on('window-all-closed', () => {}) // the core works on, and a second start shows the window again

  app.on('before-quit', () => {
    watchdog.stop()
    shortcut?.close()
    updates.close()
    core.close()
    tillWindow.close()
    switchboard.coreDown() // whoever still waits for an answer need not wait for its time to be up
  })
  let closing = false
  app.on('will-quit', (event) => {
    if (closing) return
    closing = true
    event.preventDefault()
    const closeAll = () =>
      Promise.allSettled([api.close(), exchange?.close(), devices?.close(), lan.close().then(journal.close)])
    void pause(LAST_WORDS_MS)
      .then(closeAll)
      .then(() => {
        log('info', 'closed')
        app.exit(0)
      })
  })
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => app.quit())
}

/** Loaded only in a packaged app: the package looks for the installer's own files as soon as it is imported. */
async function packagedUpdater(): Promise<Updater> {
  const { default: updater } = await import('electron-updater')
  return updater.autoUpdater
}
