// Part of the build: makes what embedded databases begin as, so that none of them takes seconds to come to be.
import { prepareBeginning } from '../src/store/beginning.js'

await prepareBeginning()
