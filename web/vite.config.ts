import { defineConfig } from 'vite'

// What is built is served by the admin plane under a strict Content-Security-Policy: nothing inline, nothing from elsewhere.
export default defineConfig({
  build: {
    outDir: '../dist-web',
    emptyOutDir: true,
    // The first of each that know light-dark().
    target: ['chrome123', 'firefox120', 'safari17.5'],
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    license: { fileName: 'licenses.md' },
  },
})
