import { app, dialog, Menu } from 'electron'
import { type Environment, environmentFrom } from './environment.ts'
import { startShell } from './shell.ts'

/** Where the app begins: what must be said before Electron is ready, then the shell. */

/** Before the settings are read nobody knows the cashier's language. */
const couldNotStart =
  'Bonusbook не запустился. Перезагрузите компьютер; если не поможет, передайте этот текст в поддержку.\n' +
  'Bonusbook could not start. Restart the computer; if that does not help, pass this text on to support.'

// Whoever started the till may close their end of its output; the till works on.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})

app.setAppUserModelId('com.bonusbook.till')
try {
  start(environmentFrom(process.env))
} catch (error) {
  // A variable that makes no sense: a sentence, without the places in the code.
  giveUp(error instanceof Error ? error.message : String(error), process.env.BONUSBOOK_HEADLESS === '1')
}

function start(environment: Environment): void {
  if (environment.profile !== null) app.setPath('userData', environment.profile)
  // Chromium's own way to run without a display; other systems have one always.
  if (environment.headless) app.commandLine.appendSwitch('ozone-platform', 'headless')
  if (environment.cdpPort !== null) app.commandLine.appendSwitch('remote-debugging-port', String(environment.cdpPort))
  if (!app.requestSingleInstanceLock()) {
    process.stderr.write('Bonusbook runs on this profile already; its window was called to the front.\n')
    app.exit(0)
    return
  }
  Menu.setApplicationMenu(null)
  startShell(environment).catch((error: unknown) => {
    giveUp(error instanceof Error ? (error.stack ?? error.message) : String(error), environment.headless)
  })
}

function giveUp(why: string, headless: boolean): void {
  process.stderr.write(`Bonusbook could not start: ${why}\n`)
  if (!headless) dialog.showErrorBox('Bonusbook', `${couldNotStart}\n\n${why}`)
  app.exit(1)
}
