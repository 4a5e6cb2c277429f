const { contextBridge, ipcRenderer } = require('electron')

contextBridge.exposeInMainWorld('echo', {
  invoke: (...args) => ipcRenderer.invoke('echo', ...args),
  fail: () => ipcRenderer.invoke('fail'),
  crash: () => ipcRenderer.send('crash'),
  add: (one, other) => one + other,
  send: (...args) => ipcRenderer.send('send', ...args),
  onSent: (listener) => {
    const heard = (_event, ...args) => listener(...args)
    ipcRenderer.on('sent', heard)
    return () => ipcRenderer.off('sent', heard)
  },
  hasRequire: () => typeof process !== 'undefined',
})
