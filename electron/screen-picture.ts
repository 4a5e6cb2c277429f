import { join } from 'node:path'
import type { BrowserWindow } from 'electron'
import { writeAtomically } from './atomic-file.ts'
import type { Log } from './log.ts'

/**
 * Where there is no display, `npm run screenshot` asks by SIGUSR2 for what the screen shows; it is written into the
 * profile, so no port is opened for it. Windows has no such signal, and always a display.
 */
export function takePicturesOnSignal(profile: string, window: () => BrowserWindow | null, log: Log): void {
  if (process.platform === 'win32') return
  process.on('SIGUSR2', () => {
    window()
      ?.webContents.capturePage()
      .then((picture) => writeAtomically(join(profile, 'screen.png'), picture.toPNG()))
      .catch((error: unknown) => log('warn', 'no picture of the screen could be taken', { error: String(error) }))
  })
}
