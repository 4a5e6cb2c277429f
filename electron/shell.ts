import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { app, ipcMain, protocol, safeStorage, session } from 'electron'
import type { EnrolTillReply, ShellEvent, ShellInfo, TillIdentity } from '../shared/desktop-api.ts'
import type { CloudLink } from './cloud-link.ts'
import { createCloudLink } from './cloud-link.ts'
import { cloudProxy } from './cloud-proxy.ts'
import { openCoreWindow } from './core-window.ts'
import { deviceKey } from './device-key.ts'
import type { Environment } from './environment.ts'
import { enrolTill, readIdentity } from './identity.ts'
import { registerIpc, sendEvent, sendRequest } from './ipc.ts'
import { openJournal } from './journal.ts'
import { lockDownApp, lockDownSession } from './lockdown.ts'
import { fileLog } from './log.ts'
import { originHandler } from './origin.ts'
import { startPosApi } from './pos-api/start.ts'
import { openDevices } from './scanners/devices.ts'
import { openSecrets } from './secrets.ts'
import { openSettings } from './settings.ts'
import { createSwitchboard } from './switchboard.ts'
import { createTillWindow } from './till-window.ts'

/** Plugs the parts of the shell together: windows, core, cloud, journal, scanners and the POS API. */
export async function startShell(environment: Environment): Promise<void> {
  const profile = app.getPath('userData')
  mkdirSync(profile, { recursive: true, mode: 0o700 })
  const log = fileLog(join(profile, 'logs'), () => new Date())
  const language = Intl.DateTimeFormat().resolvedOptions().locale.startsWith('en') ? 'en' : 'ru'
  const settings = openSettings(join(profile, 'settings.json'), language, log)
  const identityFile = join(profile, 'identity.json')
  const info: ShellInfo = {
    shell: process.versions.electron === undefined ? 'stand-in' : 'electron',
    version: app.getVersion(),
    headless: environment.headless,
  }
  log('info', 'starting', { ...info, profile })

  lockDownApp(app, log)
  const journal = await openJournal({ folder: join(profile, 'journal'), log })
  const switchboard = createSwitchboard()
  await app.whenReady()
  lockDownSession(session.defaultSession)

  const secrets = openSecrets(join(profile, 'secrets'), safeStorage, log)
  let identity: TillIdentity | null = readIdentity(identityFile)
  let link = linkOf(identity)

  function linkOf(joined: TillIdentity | null): CloudLink | null {
    const key = deviceKey(secrets)
    if (joined === null || key === null) return null
    const address = () => settings.current().cloud ?? ''
    return createCloudLink({ address, identity: joined, key, app: app.getVersion(), fetch })
  }

  async function joinProgramme(cloud: string, code: string): Promise<EnrolTillReply> {
    const reply = await enrolTill({ file: identityFile, cloud, code, secrets, fetch })
    if (!reply.ok) {
      log('warn', 'the till could not join', { reason: reply.reason, detail: reply.message })
      return reply
    }
    settings.change({ cloud })
    identity = reply.identity
    link = linkOf(identity)
    log('info', 'the till has joined', { ...identity, cloud })
    return reply
  }

  if (identity === null && environment.join !== null) await joinProgramme(environment.join.cloud, environment.join.code)

  protocol.handle(
    'https',
    originHandler({ root: join(import.meta.dirname, '../renderer'), cloud: cloudProxy(() => link) }),
  )

  const preload = join(import.meta.dirname, '../preload/preload.cjs')
  const tillWindow = createTillWindow(
    { preload, visible: !environment.headless, devTools: !app.isPackaged, settings: settings.current },
    log,
  )
  const toTill = (event: Parameters<typeof sendEvent>[1]) => sendEvent(tillWindow.window()?.webContents ?? null, event)
  const tell = (event: ShellEvent) => toTill(event)

  const devices = openDevices({
    serial: () => [...settings.current().serial, ...environment.serial],
    onFrame: (code, source) => void switchboard.call('scans.take', { code, source }),
    onChange: (statuses) => tell({ type: 'devices', devices: statuses }),
    log,
  })
  const posApi = await startPosApi({
    profile,
    environment,
    settings: settings.current,
    secrets,
    switchboard,
    version: info.version,
    log,
  })

  switchboard.onEvent(toTill)
  switchboard.onCore((state) => tell({ type: 'core', state }))

  registerIpc({
    ipcMain,
    core: () => core.window()?.webContents ?? null,
    till: () => tillWindow.window()?.webContents ?? null,
    log,
    tillHandlers: {
      info: async () => info,
      call: (method, params) => switchboard.callAny(method, params),
      settings: async () => settings.current(),
      changeSettings: async (change) => {
        const reply = settings.change(change)
        if (!reply.ok) return reply
        tillWindow.apply(reply.settings)
        devices.refresh()
        await posApi.refresh()
        tell({ type: 'settings', settings: reply.settings })
        return reply
      },
      enrolTill: async (cloud, code) => {
        const reply = await joinProgramme(cloud, code)
        if (reply.ok) core.restart()
        return reply
      },
      newPosToken: async () => posApi.newToken(),
      devices: async () => devices.statuses(),
    },
    coreHandlers: {
      ready: async () => {
        core.isReady()
        // Only what was said after the reply can be heard by the core's listener.
        setImmediate(() => {
          switchboard.coreUp((request) => sendRequest(core.window()?.webContents ?? null, request))
          announceOnce()
        })
        return { identity, language: settings.current().language, app: app.getVersion() }
      },
      reply: switchboard.reply,
      emit: switchboard.emit,
      appendJournal: journal.append,
      readJournal: journal.read,
    },
  })

  let announced = !environment.announce
  function announceOnce(): void {
    if (announced) return
    announced = true
    const till = { posApi: posApi.address(), token: posApi.runToken, shell: info.shell, profile }
    process.stdout.write(`${JSON.stringify({ till })}\n`)
  }

  const core = openCoreWindow(preload, switchboard.coreDown, log)
  if (environment.window) tillWindow.show()
  app.on('second-instance', () => tillWindow.show())
  app.on('window-all-closed', () => {}) // the core's window is always there

  let closing = false
  app.on('before-quit', () => {
    core.close()
    tillWindow.close()
  })
  app.on('will-quit', (event) => {
    if (closing) return
    closing = true
    event.preventDefault()
    void Promise.allSettled([posApi.close(), devices.close(), journal.close()]).then(() => {
      log('info', 'closed')
      app.exit(0)
    })
  })
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => app.quit())
}
