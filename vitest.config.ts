// One configuration for every test; real PostgreSQL is started by the first test that asks for it (test/postgres.ts).
import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** The longest by far, which no later run of the same clone need find out: begun last, one of them would keep one core waiting. */
const LONGEST = [
  'scenarios/scenarios.test.ts',
  'src/cli/server.test.ts',
  'src/cli/main.test.ts',
  'simulator/mutations.test.ts',
  'test/docs.test.ts',
  'simulator/seed.test.ts',
  'src/cli/hooks.test.ts',
  'test/library/nested.test.ts',
  'test/library/doctor.test.ts',
]

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification) => {
      const at = LONGEST.findIndex((path) => moduleId.endsWith(`/${path}`))
      return at < 0 ? LONGEST.length : at
    }
    return (await super.sort(files)).sort((one, other) => place(one) - place(other))
  }
}

export default defineConfig({
  test: {
    include: ['{src,test,simulator,scenarios,scripts,bench,examples}/**/*.test.ts'],
    globalSetup: ['test/global-setup.ts'],
    setupFiles: ['test/setup.ts'],
    env: { ISOTHERM_KEY: '5e'.repeat(32) },
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Many tests start processes of their own, which wait for each other within limits: more at once would only be slower.
    maxWorkers: 2,
    sequence: { sequencer: LongestFirst },
  },
})
