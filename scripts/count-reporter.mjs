// A vitest reporter for `npm test`: one last line, `N passed, N failed`. A file that could not be loaded and an error that
// belongs to no test count as failures too, for nobody may overlook them.
export default class CountReporter {
  onTestRunEnd(modules, unhandledErrors) {
    const tests = modules.flatMap((module) => [...module.children.allTests()])
    const count = (state) => tests.filter((test) => test.result().state === state).length
    const suites = modules.flatMap((module) => [module, ...module.children.allSuites()])
    const brokenSuites = suites.filter((suite) => suite.errors().length > 0).length
    console.log(`${count('passed')} passed, ${count('failed') + brokenSuites + unhandledErrors.length} failed`)
  }
}
