import type { DraftCertificate } from '../../../src/admin/schemas.ts'
import type { FieldProblem } from '../api.ts'
import type { Part, Piece } from './recognise.ts'

/** A piece, and the file that it came from. */
export interface ChosenPiece extends Piece {
  readonly fileName: string
}

export type ChosenFiles = { readonly [part in Part]?: ChosenPiece }

/** A new certificate as far as the form is filled in. */
export interface Draft {
  readonly files: ChosenFiles
  /** Patterns, separated by spaces or commas. */
  readonly hosts: string
  readonly port: string
  /** Names, separated in the same way. */
  readonly groups: string
  readonly id: string
  readonly passphrase: string
}

export const EMPTY_DRAFT: Draft = { files: {}, hosts: '', port: '', groups: '', id: '', passphrase: '' }

/** What the API takes; what is empty is left out. */
export function bodyOf({ files, hosts, port, groups, id, passphrase }: Draft): DraftCertificate {
  const names = { host: splitNames(hosts), groups: splitNames(groups) }
  const words = { id: id.trim(), passphrase, ...contentsOf(files) }
  return {
    ...Object.fromEntries(Object.entries(names).filter(([, list]) => list.length > 0)),
    ...Object.fromEntries(Object.entries(words).filter(([, word]) => word !== '')),
    ...(port.trim() === '' ? {} : { port: Number(port) }),
  }
}

function contentsOf(files: ChosenFiles): Record<string, string> {
  return Object.fromEntries(Object.entries(files).map(([part, piece]) => [part, piece.content]))
}

/** Splits at spaces, and at commas that do not stand in the braces of a pattern. */
function splitNames(text: string): string[] {
  return text.match(/(?:\{[^{}\s]*\}|[^\s,])+/g) ?? []
}

/** What has to be there before the server can be asked. */
export function missingFrom({ files, hosts, port }: Draft): FieldProblem[] {
  const problems: FieldProblem[] = []
  if (files.pkcs12 === undefined) {
    if (files.cert === undefined)
      problems.push(missing('cert', 'Choose the certificate, or a PKCS#12 bundle.'))
    if (files.key === undefined) problems.push(missing('key', 'Choose the private key.'))
  }
  if (hosts.trim() === '') problems.push(missing('host', 'Say which hosts it is for.'))
  if (!/^\s*\d*\s*$/.test(port)) problems.push(missing('port', 'A port is a number from 1 to 65535.'))
  return problems
}

function missing(field: string, message: string): FieldProblem {
  return { field, message, hint: '' }
}

/**
 * Puts pieces in their places: a bundle stands instead of certificate and key, several authorities are one file. `wanted`
 * is where the user put them, which settles whether a certificate is the client's or an authority's.
 */
export function place(files: ChosenFiles, pieces: readonly ChosenPiece[], wanted: Part | null): ChosenFiles {
  let result = files
  const authorities: ChosenPiece[] = []
  for (const piece of pieces.map(each => settle(each, wanted))) {
    const { cert: _cert, key: _key, ca: _ca, ...bundleOnly } = result
    const { pkcs12: _pkcs12, ...withoutBundle } = result
    if (piece.part === 'ca') authorities.push(piece)
    else if (piece.part === 'pkcs12') {
      result = { ...bundleOnly, ...(result.ca && { ca: result.ca }), pkcs12: piece }
    } else result = { ...withoutBundle, [piece.part]: piece }
  }
  // A certificate that signed itself calls itself an authority; beside a key that has no other it is the client's.
  const [only] = authorities
  if (authorities.length === 1 && only && wanted === null && result.key && !result.cert) {
    return { ...result, cert: { ...only, part: 'cert' } }
  }
  return only === undefined ? result : { ...result, ca: joined(authorities) }
}

function settle(piece: ChosenPiece, wanted: Part | null): ChosenPiece {
  const isCertificate = piece.part === 'cert' || piece.part === 'ca'
  return isCertificate && (wanted === 'cert' || wanted === 'ca') ? { ...piece, part: wanted } : piece
}

function joined(authorities: readonly ChosenPiece[]): ChosenPiece {
  return {
    part: 'ca',
    fileName: authorities.map(({ fileName }) => fileName).join(', '),
    content: authorities.map(({ content }) => content).join(''),
    isEncrypted: false,
  }
}

export function without(files: ChosenFiles, part: Part): ChosenFiles {
  return Object.fromEntries(Object.entries(files).filter(([each]) => each !== part))
}
