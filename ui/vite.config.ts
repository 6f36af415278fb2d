import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

export default defineConfig({
  root: import.meta.dirname,
  // Relative, so that the same build is served by the desktop shell and by the server under any path.
  base: './',
  plugins: [react()],
  resolve: { alias: { '#ui': `${import.meta.dirname}/src` } },
  clearScreen: false,
  server: { port: 1420, strictPort: true },
  build: { outDir: 'dist', target: 'safari16.4', manifest: true, assetsInlineLimit: 0 },
});
