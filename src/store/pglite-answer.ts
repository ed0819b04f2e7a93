// An answer of the embedded database, read while it comes. PGlite's own way copies every field out of the database's memory by itself
// before it is a text, and makes a list of a row before it is an object: that took longer than finding the rows.
import {
  DatabaseError,
  DataRowMessage,
  type Field,
  ParameterDescriptionMessage,
  RowDescriptionMessage,
} from 'pg-protocol/dist/messages.js'
import { Parser } from 'pg-protocol/dist/parser.js'

/** From what PostgreSQL writes of a value; by the number of its type. A type without one stays a text. */
export type ValueParsers = { readonly [type: number]: ((text: string, type: number) => unknown) | undefined }

interface Column {
  readonly name: string
  readonly valueOf: (text: string) => unknown
}

export class PgliteAnswer {
  readonly rows: object[] = []
  parameterTypes: readonly number[] = []
  /** The first: what comes after it is only that the rest was not looked at. */
  error: DatabaseError | undefined
  readonly #parser = new Parser()
  readonly #parsers: ValueParsers
  #columns: readonly Column[] = []
  /** Copied for each row, so that all are made alike. */
  #empty: { [name: string]: unknown } = {}

  constructor(parsers: ValueParsers) {
    this.#parsers = parsers
  }

  /** @param data lies in the database's memory, where the next piece will lie as well. */
  add(data: Uint8Array): void {
    this.#parser.parse(Buffer.from(data), (message) => {
      if (message instanceof DataRowMessage) this.rows.push(this.#row(message.fields))
      else if (message instanceof RowDescriptionMessage) this.#begin(message.fields)
      else if (message instanceof ParameterDescriptionMessage) this.parameterTypes = message.dataTypeIDs
      else if (message instanceof DatabaseError) this.error ??= message
    })
  }

  #column({ name, dataTypeID }: Field): Column {
    const parse = this.#parsers[dataTypeID]
    return { name, valueOf: parse ? (text) => parse(text, dataTypeID) : (text) => text }
  }

  #begin(fields: readonly Field[]): void {
    this.#columns = fields.map((field) => this.#column(field))
    this.#empty = Object.fromEntries(fields.map(({ name }) => [name, null]))
  }

  #row(fields: readonly (string | null)[]): object {
    const row = { ...this.#empty }
    for (let at = 0; at < this.#columns.length; at++) {
      const column = this.#columns[at]
      const text = fields[at]
      if (column && typeof text === 'string') row[column.name] = column.valueOf(text)
    }
    return row
  }
}
