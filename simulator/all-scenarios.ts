// The scenarios of the folder, by name.
import { readdir } from 'node:fs/promises'
import type { Scenario } from './scenario.js'

/** Runs from sources or built: whatever stands beside this folder. */
export async function allScenarios(): Promise<Map<string, Scenario>> {
  const folder = new URL('../scenarios/', import.meta.url)
  const files = (await readdir(folder)).filter((file) => /^[a-z_]+\.(ts|js)$/.test(file)).sort()
  const scenarios = new Map<string, Scenario>()
  for (const file of files) {
    const { default: scenario }: { default: Scenario } = await import(new URL(file, folder).href)
    scenarios.set(file.replace(/\.(ts|js)$/, ''), scenario)
  }
  return scenarios
}
