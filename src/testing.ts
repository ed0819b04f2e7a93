// `isotherm/testing`: what authors of resource types test them with.

export { type Fresh, type ProviderSubject, providerSuite, type Samples, type SuiteCase } from './provider/suite.js'
export { fakeCall } from './provider/testing.js'
