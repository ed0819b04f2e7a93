// What the doctor found: each finding with its mend below it.
import type { Diagnosis } from '../../index.js'
import { type Line, many, tame, toned } from './line.js'

export function drawDiagnosis({ findings }: Diagnosis, fix: boolean): Line[] {
  if (findings.length === 0) return [[toned('good', '✓'), ' The doctor finds nothing.']]
  const lines = findings.flatMap(({ kind, stack, message, mend, fixed }): Line[] => [
    [
      fixed ? toned('good', '✓') : toned('bad', '✗'),
      ' ',
      toned('bold', stack === undefined ? kind : `${kind} ${tame(stack)}`),
      '  ',
      tame(message),
    ],
    ['  ', toned('dim', fixed ? 'mended' : tame(mend))],
  ])
  const left = findings.filter(({ fixed }) => !fixed)
  const fixable = left.filter((finding) => finding.fixable).length
  const summary = `${many(findings.length, 'finding')}, ${findings.length - left.length} mended`
  const advice = !fix && fixable > 0 ? `; ${fixable} can be mended by --fix` : ''
  return [...lines, [], [`${summary}${advice}.`]]
}
