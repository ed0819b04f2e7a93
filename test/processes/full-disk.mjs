// Loaded before the program (`node --import`): from when the file FULL_DISK is there, the disk takes no more. What goes to the terminal is no file.
import fs from 'node:fs'

const { writeSync } = fs
fs.writeSync = (file, ...rest) => {
  if (file > 2 && fs.existsSync(process.env.FULL_DISK)) {
    throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' })
  }
  return writeSync(file, ...rest)
}
