// A vitest reporter for `npm test`: how each failure is shown again, and one last line, `N passed, N failed`. A file that could not be
// loaded and an error that belongs to no test count as failures too, for nobody may overlook them.
export default class CountReporter {
  onTestRunEnd(modules, unhandledErrors) {
    const tests = modules.flatMap((module) => [...module.children.allTests()])
    const count = (state) => tests.filter((test) => test.result().state === state).length
    const suites = modules.flatMap((module) => [module, ...module.children.allSuites()])
    const brokenSuites = suites.filter((suite) => suite.errors().length > 0).length
    for (const module of modules.filter((module) => module.state() === 'failed')) console.log(againOf(module))
    for (const { message } of unhandledErrors) console.log(`  again: npx vitest run # ${firstLine(message)}`)
    console.log(`${count('passed')} passed, ${count('failed') + brokenSuites + unhandledErrors.length} failed`)
  }
}

/** One command, to be pasted as it is: what has failed in the file stands in it as a comment. */
function againOf(module) {
  const [first, ...more] = [...module.children.allTests('failed')].map((test) => test.fullName)
  const what = first ?? firstLine(module.errors()[0]?.message ?? 'a part of it could not be begun')
  const others = more.length > 0 ? ` and ${more.length} more` : ''
  return `  again: npx vitest run ${module.relativeModuleId} # ${firstLine(what)}${others}`
}

const firstLine = (text) => String(text).split('\n', 1)[0]
