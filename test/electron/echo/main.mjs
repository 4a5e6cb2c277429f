// A small app of its own, to look at the stand-in itself.
import { app, BrowserWindow, ipcMain, protocol, session } from 'electron'

app.setPath('userData', process.env.BONUSBOOK_PROFILE)
app.commandLine.appendSwitch('ozone-platform', 'headless')
app.commandLine.appendSwitch('remote-debugging-port', process.env.BONUSBOOK_CDP_PORT)
const say = (value) => process.stdout.write(`${JSON.stringify(value)}\n`)

if (!app.requestSingleInstanceLock()) {
  say({ second: true })
  app.exit(7)
} else {
  app.on('second-instance', () => say({ heard: 'second instance' }))
  await app.whenReady()
  session.defaultSession.setPermissionRequestHandler((_contents, permission, answer) =>
    answer(permission === 'persistent-storage'),
  )
  const pages = { '/': ['text/html', '<title>echo</title>'], '/other': ['text/html', '<title>other</title>'] }
  protocol.handle('https', (request) => {
    const [type, text] = pages[new URL(request.url).pathname] ?? ['text/plain', '']
    return new Response(text, { headers: { 'content-type': type } })
  })
  ipcMain.handle('echo', (_event, ...args) => args)
  ipcMain.handle('fail', () => {
    throw new RangeError('too far')
  })
  ipcMain.on('send', (event, ...args) => event.sender.send('sent', ...args))
  const window = new BrowserWindow({ webPreferences: { preload: new URL('./preload.cjs', import.meta.url).pathname } })
  window.webContents.setWindowOpenHandler(() => ({ action: 'deny' }))
  window.webContents.on('will-navigate', (event) => event.preventDefault())
  window.webContents.on('render-process-gone', (_event, details) => say({ gone: details.reason }))
  ipcMain.on('crash', () => window.webContents.forcefullyCrashRenderer())
  await window.loadURL('https://echo.invalid/')
  say({ till: { posApi: '', token: '' } })
}
process.on('SIGTERM', () => app.quit())
