import type * as Electron from 'electron'

/** No menu in the stand-in's windows. */
export const Menu = { setApplicationMenu: () => {} } satisfies Pick<typeof Electron.Menu, 'setApplicationMenu'>

/** No keys of the whole system: they are taken, and nobody presses them. */
export const globalShortcut = {
  register: () => true,
  unregister: () => {},
} satisfies Pick<typeof Electron.globalShortcut, 'register' | 'unregister'>

/** No native boxes: the sentence is on stderr already. */
export const dialog = { showErrorBox: () => {} } satisfies Pick<typeof Electron.dialog, 'showErrorBox'>

/** No keychain: the app must say so and fall back. */
export const safeStorage = {
  isEncryptionAvailable: () => false,
  getSelectedStorageBackend: () => 'unknown' as const,
  encryptString: (): never => {
    throw new Error('no keychain in the stand-in')
  },
  decryptString: (): never => {
    throw new Error('no keychain in the stand-in')
  },
} satisfies Pick<
  typeof Electron.safeStorage,
  'isEncryptionAvailable' | 'getSelectedStorageBackend' | 'encryptString' | 'decryptString'
>
