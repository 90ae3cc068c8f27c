import type { ChosenPiece } from './draft.ts'
import { recognise } from './recognise.ts'

/** Certificates and keys are small; what is larger was chosen by mistake. */
const LARGEST_FILE = 512 * 1024

/** What was found in files, and what is wrong with the others, as sentences. */
interface Found {
  readonly pieces: readonly ChosenPiece[]
  readonly problems: readonly string[]
}

/** Reads files that were chosen or dropped. */
export async function readFiles(files: Iterable<File>): Promise<Found> {
  const pieces: ChosenPiece[] = []
  const problems: string[] = []
  for (const file of files) {
    const recognised = await readFile(file)
    if ('pieces' in recognised)
      pieces.push(...recognised.pieces.map(piece => ({ ...piece, fileName: file.name })))
    else problems.push(`${file.name}: ${recognised.message} ${recognised.hint}`.trim())
  }
  return { pieces, problems }
}

async function readFile(file: File): Promise<ReturnType<typeof recognise>> {
  if (file.size > LARGEST_FILE)
    return { message: 'This file is too large for a certificate or a key.', hint: '' }
  try {
    return recognise(new Uint8Array(await file.arrayBuffer()))
  } catch {
    return { message: 'This file cannot be read.', hint: '' }
  }
}
