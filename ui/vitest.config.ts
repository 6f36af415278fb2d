import { playwright } from '@vitest/browser-playwright';
import { defineConfig, mergeConfig } from 'vitest/config';
import viteConfig from './vite.config.ts';

// The browser of the machine: none is downloaded. These are the flags that start it without reaching for the network.
const chromium = {
  executablePath: process.env.CADRE_CHROMIUM ?? '/usr/bin/chromium',
  args: [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ],
};

export default mergeConfig(
  viteConfig,
  defineConfig({
    test: {
      maxWorkers: 1,
      projects: [
        {
          extends: true,
          test: {
            name: 'logic',
            environment: 'node',
            include: ['src/**/*.test.ts'],
            exclude: ['src/**/*.browser.test.*'],
          },
        },
        {
          extends: true,
          // React Aria looks for this where tests run, and draws every row of a virtual list without it.
          define: { 'process.env.VIRT_ON': 'true' },
          // Found one by one they would be bundled again in the middle of a run, with a second React.
          optimizeDeps: {
            include: [
              'react',
              'react-dom',
              'react-dom/client',
              'react/jsx-runtime',
              'react/jsx-dev-runtime',
              'react-aria-components',
              '@tanstack/react-router',
              '@tanstack/react-query',
              '@tanstack/react-virtual',
              'i18next',
              'axe-core',
              'vitest-browser-react',
              '@tauri-apps/api/core',
            ],
          },
          test: {
            name: 'browser',
            include: ['src/**/*.browser.test.tsx'],
            browser: {
              enabled: true,
              headless: true,
              provider: playwright({ launchOptions: chromium }),
              instances: [{ browser: 'chromium', viewport: { width: 1440, height: 900 } }],
              screenshotFailures: false,
            },
          },
        },
      ],
    },
  }),
);
