import react from '@vitejs/plugin-react'
import { defineConfig } from 'electron-vite'

/** Main as an ES module, preload as CommonJS (a sandboxed preload must be), two pages and the core's Worker. */
export default defineConfig({
  main: {
    build: {
      outDir: 'out/main',
      lib: { entry: 'electron/main.ts', formats: ['es'], fileName: 'index' },
      rollupOptions: { output: { entryFileNames: 'index.js' } },
    },
  },
  preload: {
    build: {
      outDir: 'out/preload',
      lib: { entry: 'electron/preload.ts', formats: ['cjs'] },
      rollupOptions: { output: { entryFileNames: '[name].cjs' } },
    },
  },
  renderer: {
    root: 'renderer',
    plugins: [react()],
    worker: { format: 'es' },
    build: {
      outDir: 'out/renderer',
      rollupOptions: { input: { till: 'renderer/till.html', core: 'renderer/core.html' } },
    },
  },
})
