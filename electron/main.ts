import { app, Menu } from 'electron'
import { environmentFrom } from './environment.ts'
import { startShell } from './shell.ts'

/** Where the app begins: what must be said before Electron is ready, then the shell. */
const environment = environmentFrom(process.env)

app.setAppUserModelId('com.bonusbook.till')
if (environment.profile !== null) app.setPath('userData', environment.profile)
// Chromium's own way to run without a display; other systems have one always.
if (environment.headless) app.commandLine.appendSwitch('ozone-platform', 'headless')
if (environment.cdpPort !== null) app.commandLine.appendSwitch('remote-debugging-port', String(environment.cdpPort))

if (app.requestSingleInstanceLock()) {
  Menu.setApplicationMenu(null)
  startShell(environment).catch((error: unknown) => {
    process.stderr.write(`Bonusbook could not start: ${error instanceof Error ? error.stack : error}\n`)
    app.exit(1)
  })
} else {
  process.stderr.write('Bonusbook runs on this profile already; its window was called to the front.\n')
  app.exit(0)
}
