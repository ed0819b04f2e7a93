// Runs in each test file's process before it: most of them live for seconds, with an embedded database.
import { optimizeWasmLate } from '../src/lib/wasm-tiering.js'

optimizeWasmLate()
