// What the compiler knows of a stack: the values that a type's properties take, worked out from its declaration, and the
// attributes that it gives. Nothing here exists at run time.
import type { Json, JsonObject } from '../../lib/json.js'
import type {
  AttributeSchema,
  AttributeSchemas,
  PropertyKind,
  PropertySchema,
  PropertySchemas,
} from '../../provider/contract.js'
import type { Expression, Reference } from './expression.js'

type OfKind<K> = K extends 'string'
  ? string
  : K extends 'integer' | 'number'
    ? number
    : K extends 'boolean'
      ? boolean
      : K extends 'list'
        ? Json[]
        : K extends 'map'
          ? JsonObject
          : Json

/** The values that a JSON Schema admits, as far as its keywords say; `Json` where they do not. */
type FromSchema<S> = S extends { const: infer V }
  ? V
  : S extends { enum: readonly (infer V)[] }
    ? V
    : S extends { anyOf: readonly (infer B)[] }
      ? FromSchema<B>
      : S extends { oneOf: readonly (infer B)[] }
        ? FromSchema<B>
        : S extends { type: readonly (infer K)[] }
          ? FromType<K, S>
          : S extends { type: infer K }
            ? FromType<K, S>
            : Json

type FromType<K, S> = K extends 'array'
  ? FromItems<S>
  : K extends 'object'
    ? FromFields<S>
    : K extends 'null'
      ? null
      : OfKind<K>

type FromItems<S> = S extends { items: infer I } ? FromSchema<I>[] : Json[]

type FromFields<S> = S extends { properties: infer F }
  ? { [K in keyof F as K extends RequiredIn<S> ? K : never]: FromSchema<F[K]> } & {
      [K in keyof F as K extends RequiredIn<S> ? never : K]?: FromSchema<F[K]>
    }
  : S extends { additionalProperties: infer V extends object }
    ? { [key: string]: FromSchema<V> }
    : JsonObject

type RequiredIn<S> = S extends { required: readonly (infer N)[] } ? N : never

/** The value of one property, as its type's functions receive it. */
type ValueOf<S extends PropertySchema> = S extends { schema: infer J }
  ? S['type'] extends 'list'
    ? FromItems<J>
    : S['type'] extends 'map'
      ? FromFields<J>
      : J extends { enum: readonly unknown[] } | { const: unknown }
        ? FromSchema<J>
        : S['type'] extends 'any'
          ? FromSchema<J>
          : OfKind<S['type']>
  : OfKind<S['type']>

/** The engine reads values leniently: a number may stand where a text is asked for. */
type Lenient<T> = T extends string
  ? string | number | boolean
  : T extends number
    ? number
    : T extends boolean
      ? boolean
      : T extends readonly unknown[]
        ? readonly unknown[]
        : object

/** Any JSON, with expressions anywhere in it. */
export type JsonInput =
  | string
  | number
  | boolean
  | null
  | Expression<unknown>
  | readonly JsonInput[]
  | { readonly [key: string]: JsonInput | undefined }

/** A `T`, or an expression of one, with expressions anywhere inside. */
export type Input<T> = [Json] extends [T] ? JsonInput : Expression<Lenient<T>> | InputWithin<T>
type InputWithin<T> = T extends readonly (infer I)[]
  ? readonly Input<I>[]
  : T extends object
    ? { readonly [K in keyof T]: Input<Exclude<T[K], undefined>> | ([undefined] extends [T[K]] ? undefined : never) }
    : T

type Required<P extends PropertySchemas> = {
  [K in keyof P]: P[K]['required'] extends true ? K : never
}[keyof P]

/** What a stack gives a resource of a type with these properties. */
export type PropertiesInput<P extends PropertySchemas> = [keyof P] extends [never]
  ? { readonly [name: string]: JsonInput }
  : { readonly [K in keyof P as K extends Required<P> ? K : never]: Input<ValueOf<P[K]>> } & {
      readonly [K in keyof P as K extends Required<P> ? never : K]?: Input<ValueOf<P[K]>> | undefined
    }

/** Nothing need be said where no property is required. */
export type PropertiesRest<P extends PropertySchemas, Options> = [Required<P>] extends [never]
  ? [properties?: PropertiesInput<P>, options?: Options]
  : [properties: PropertiesInput<P>, options?: Options]

type AttributeOf<S> = S extends AttributeSchema
  ? S extends { type: infer K extends PropertyKind }
    ? Reference<K extends 'any' ? never : OfKind<K>>
    : Reference<never>
  : Reference<never>

/** The attributes of a resource; `show` belongs to every type. Of a type without any, all names are let pass. */
export type AttributesOf<A extends AttributeSchemas> = [keyof A] extends [never]
  ? { readonly [name: string]: Reference<never> }
  : { readonly [K in keyof A]: AttributeOf<A[K]> } & { readonly show: Reference<never> }
