// Where the parts of a template that came as an object were written, for objects that were made by a program that knows.
import type { Place } from './definition.js'

type PlaceOf = (path: string) => Place | undefined

const known = new WeakMap<object, PlaceOf>()

/** From now on problems of this object are told with these places. */
export function rememberPlaces(object: object, placeOf: PlaceOf): void {
  known.set(object, placeOf)
}

export const placesOf = (object: unknown): PlaceOf =>
  (typeof object === 'object' && object !== null && known.get(object)) || (() => undefined)
