import { describe, expect, test } from 'vitest'
import { defaultSettings } from '../../electron/settings.ts'
import { openUpdates, type Updater } from '../../electron/updates.ts'

class FakeUpdater implements Updater {
  channel: string | null = null
  allowDowngrade = true
  autoDownload = false
  autoInstallOnAppQuit = false
  checks: (string | null)[] = []
  async checkForUpdates(): Promise<void> {
    this.checks.push(this.channel)
  }
}

describe('new versions', () => {
  function rig(updates: 'stable' | 'beta' | 'off') {
    const updater = new FakeUpdater()
    const log: string[] = []
    let settings = { ...defaultSettings('en'), updates }
    const running = openUpdates({
      settings: () => settings,
      updater: async () => updater,
      log: (_level, message) => log.push(message),
    })
    const set = (channel: 'stable' | 'beta' | 'off') => {
      settings = { ...settings, updates: channel }
      running.refresh()
    }
    return { updater, log, running, set }
  }

  test('are looked for on the channel that is set, at once when it changes, and never older ones', async () => {
    const { updater, running, set } = rig('stable')
    await expect.poll(() => updater.checks).toEqual(['latest'])
    set('beta')
    await expect.poll(() => updater.checks).toEqual(['latest', 'beta'])
    expect(updater).toMatchObject({ allowDowngrade: false, autoDownload: true, autoInstallOnAppQuit: true })
    running.close()
  })

  test('are left alone where the shop says so, or where the app runs from its sources', async () => {
    const { updater, running, set } = rig('off')
    set('off')
    running.close()
    openUpdates({ settings: () => defaultSettings('en'), updater: null, log: () => {} }).close()
    await new Promise((resolve) => setImmediate(resolve))
    expect(updater.checks).toEqual([])
  })

  test('that cannot be reached are a line in the log', async () => {
    const log: string[] = []
    const running = openUpdates({
      settings: () => defaultSettings('en'),
      updater: async () => {
        throw new Error('no network')
      },
      log: (_level, message) => log.push(message),
    })
    await expect.poll(() => log).toEqual(['could not look for a new version'])
    running.close()
  })
})
