// What a process has used.

export interface Usage {
  readonly statements: number
  readonly peakBytes: number
  readonly cpuSeconds: number
}

export function usageOf(database: { readonly statements: number }): Usage {
  const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage()
  return {
    statements: database.statements,
    peakBytes: maxRSS * 1024,
    cpuSeconds: (userCPUTime + systemCPUTime) / 1e6,
  }
}
