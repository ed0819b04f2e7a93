// `node peer-process.js ENTRY URL`, started by the comparison: graphile-worker as its authors advise for speed. It takes jobs
// in batches into a queue of its own, and reports them done in batches. It ends when its parent lets go of it.
import { pathToFileURL } from 'node:url'

/** What of graphile-worker is used here. */
interface Peer {
  readonly Logger: new (scoped: () => () => void) => object
  run(options: { readonly preset: object; readonly taskList: object; readonly parsedCronItems: [] }): Promise<{
    readonly promise: Promise<void>
    stop(): Promise<void>
  }>
}

const [entry = '', connectionString = ''] = process.argv.slice(2)
const { run, Logger }: Peer = await import(pathToFileURL(entry).href)
const worker = {
  connectionString,
  concurrentJobs: 24,
  maxPoolSize: 10,
  localQueue: { size: 500 },
  completeJobBatchDelay: 0,
  failJobBatchDelay: 0,
  logger: new Logger(() => () => undefined),
}
const runner = await run({ preset: { worker }, taskList: { nothing: () => undefined }, parsedCronItems: [] })
process.once('disconnect', () => void runner.stop())
await runner.promise
