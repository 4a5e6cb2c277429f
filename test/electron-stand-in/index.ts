/**
 * A stand-in for the `electron` module where its binary cannot be had: the same built main and preload code over the
 * system's Chromium, driven by playwright-core. It has only what the app uses, each part checked against Electron's own
 * types, and proves nothing about power loss, Electron's permissions or packaging.
 */
export { app } from './app.ts'
export { BrowserWindow } from './browser-window.ts'
export { ipcMain } from './ipc-main.ts'
export { dialog, globalShortcut, Menu, safeStorage } from './nothing.ts'
export { protocol } from './protocol.ts'
export { screen } from './screen.ts'
export { session } from './session.ts'
