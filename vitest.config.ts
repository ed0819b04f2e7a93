import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: { include: ['{src,test,simulator,scenarios}/**/*.test.ts'], testTimeout: 30_000 },
})
