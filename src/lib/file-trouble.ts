// Why a file could not be read, in the words of whoever named it.

/** For the end of a sentence. */
export function fileTrouble(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const known: { readonly [code: string]: string } = {
    ENOENT: 'there is no such file',
    ENOTDIR: 'a part of its path is not a directory',
    EISDIR: 'it is a directory, not a file',
    EACCES: 'you are not allowed to read it',
    ERR_ENCODING_INVALID_ENCODED_DATA: 'it is not UTF-8 text',
  }
  return known[code] ?? (error instanceof Error ? error.message : String(error))
}
