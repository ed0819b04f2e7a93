// When the machine optimizes WebAssembly, which is what the embedded database is made of.
import { setFlagsFromString } from 'node:v8'

/**
 * For a process that lives for seconds, before it opens the database: only what has run for long is optimized. By default a function is
 * after a few milliseconds, and half of a short command's processor time goes into optimizing what hardly runs again (docs/performance.md).
 * It holds for the whole process, so the library leaves it alone.
 */
export const optimizeWasmLate = (): void => setFlagsFromString('--wasm-tiering-budget=60000000')
