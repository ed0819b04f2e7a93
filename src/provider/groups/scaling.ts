// Scaling: what a policy asks of a group, and how long both rest afterwards. Pure; time is handed in.
import { isJsonObject, type Json, type JsonObject } from '../../lib/json.js'
import type { Signalled } from '../contract.js'
import { ProviderError } from '../error.js'

export const ADJUSTMENTS = ['change_in_capacity', 'exact_capacity', 'percent_change_in_capacity'] as const
export type AdjustmentType = (typeof ADJUSTMENTS)[number]

/** What a policy tells its group. */
export interface Adjustment {
  readonly adjustment: number
  readonly type: AdjustmentType
  /** Of a change in percent: at least so many. */
  readonly stepMin: number | undefined
}

export interface Bounds {
  readonly min: number
  readonly max: number
}

/** As in Heat: a change of less than one counts as one, any other is rounded towards none; the bounds hold. */
export function adjusted(size: number, { adjustment, type, stepMin }: Adjustment, { min, max }: Bounds): number {
  const within = (wanted: number) => Math.max(min, Math.min(max, wanted))
  if (type === 'exact_capacity') return within(adjustment)
  if (type === 'change_in_capacity') return within(size + adjustment)
  const change = (size * adjustment) / 100
  const whole = Math.abs(change) < 1 ? Math.sign(change) : Math.trunc(change)
  const short = stepMin !== undefined && Math.abs(whole) < stepMin
  return within(size + (short ? Math.sign(change) * stepMin : whole))
}

/** A policy is not asked about what a group says of itself, so it is passed on as a signal. */
export const bodyOf = ({ adjustment, type, stepMin }: Adjustment): JsonObject => ({
  adjustment,
  adjustment_type: type,
  ...(stepMin !== undefined && { min_adjustment_step: stepMin }),
})

const SIGNAL_KEYS = ['adjustment', 'adjustment_type', 'min_adjustment_step']

export function readAdjustment(body: Json): Adjustment {
  const fields = isJsonObject(body) ? body : {}
  const stray = Object.keys(fields).filter((name) => !SIGNAL_KEYS.includes(name))
  const { adjustment, adjustment_type: written = 'change_in_capacity', min_adjustment_step: stepMin } = fields
  const type = ADJUSTMENTS.find((known) => known === written)
  const wrong = typeof adjustment !== 'number' || !Number.isInteger(adjustment) || !type || stray.length > 0
  if (wrong || (stepMin !== undefined && typeof stepMin !== 'number')) {
    const types = ADJUSTMENTS.join(', ')
    throw new ProviderError(
      'invalid',
      `a signal to a group has adjustment (a whole number), adjustment_type (${types}) and min_adjustment_step`,
    )
  }
  return { adjustment, type, stepMin }
}

/** Until when it rests, in its notes. */
export const restOf = (notes: Json): number =>
  isJsonObject(notes) && typeof notes.restsUntil === 'number' ? notes.restsUntil : 0

export const restFrom = (nowSeconds: number, cooldown: number | undefined): JsonObject =>
  cooldown === undefined || cooldown <= 0 ? {} : { restsUntil: nowSeconds + cooldown }

/** In an alarm's body, anything but an alarm is no reason to scale. */
export function alarmOf(body: Json): string {
  const { current, state } = isJsonObject(body) ? body : {}
  return String(current ?? state ?? 'alarm').toLowerCase()
}

export const ignored = (privateData: Json, why: string): Signalled => ({
  privateData,
  message: `no action: ${why}`,
  ignored: true,
})

export const stillRests = (nowSeconds: number, untilSeconds: number): string =>
  `it rests for ${Math.ceil(untilSeconds - nowSeconds)} s more`
