import { contextBridge, ipcRenderer } from 'electron'
import type { DesktopApi } from '../shared/desktop-api.ts'
import { channels } from './channels.ts'

/** Exposes DesktopApi to the windows, and nothing else. Main checks who speaks and what they say. */
function listen<T>(channel: string) {
  return (listener: (value: T) => void) => {
    const heard = (_event: unknown, value: T) => listener(value)
    ipcRenderer.on(channel, heard)
    return () => {
      ipcRenderer.off(channel, heard)
    }
  }
}

contextBridge.exposeInMainWorld('bonusbook', {
  info: () => ipcRenderer.invoke(channels.info),
  call: (method, params) => ipcRenderer.invoke(channels.call, method, params),
  onEvent: listen(channels.event),
  settings: () => ipcRenderer.invoke(channels.settings),
  changeSettings: (change) => ipcRenderer.invoke(channels.changeSettings, change),
  enrolTill: (cloud, code) => ipcRenderer.invoke(channels.enrolTill, cloud, code),
  newPosToken: () => ipcRenderer.invoke(channels.newPosToken),
  devices: () => ipcRenderer.invoke(channels.devices),
  foundPorts: () => ipcRenderer.invoke(channels.foundPorts),
  tryScanners: (on) => ipcRenderer.invoke(channels.tryScanners, on),
  neighbours: () => ipcRenderer.invoke(channels.neighbours),
  core: {
    ready: () => ipcRenderer.invoke(channels.coreReady),
    onRequest: listen(channels.coreRequest),
    reply: (id, reply) => ipcRenderer.send(channels.coreReply, id, reply),
    emit: (event) => ipcRenderer.send(channels.coreEmit, event),
    appendJournal: (records) => ipcRenderer.invoke(channels.appendJournal, records),
    readJournal: (epoch, fromSeq, limit) => ipcRenderer.invoke(channels.readJournal, epoch, fromSeq, limit),
    pruneJournal: (acked, before) => ipcRenderer.invoke(channels.pruneJournal, acked, before),
    diskRoom: () => ipcRenderer.invoke(channels.diskRoom),
    shopTills: (told) => ipcRenderer.invoke(channels.shopTills, told),
    rightsFromNeighbours: (wish, limitMs) => ipcRenderer.invoke(channels.rightsFromNeighbours, wish, limitMs),
    receiptAtNeighbours: (outlet, receipt, limitMs) =>
      ipcRenderer.invoke(channels.receiptAtNeighbours, outlet, receipt, limitMs),
  },
} satisfies DesktopApi)
