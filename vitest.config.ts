// One configuration for every test; real PostgreSQL is started by the first test that asks for it (test/postgres.ts).
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['{src,test,simulator,scenarios,scripts,bench,examples}/**/*.test.ts'],
    globalSetup: ['test/global-setup.ts'],
    env: { ISOTHERM_KEY: '5e'.repeat(32) },
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Many tests start processes of their own, which wait for each other within limits: more at once would only be slower.
    maxWorkers: 2,
  },
})
