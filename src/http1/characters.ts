const TOKEN = 1
const FIELD_VALUE = 2
const TARGET = 4

/** What each octet may be part of; one look-up decides, whatever the class. */
const CLASSES = new Uint8Array(256)

for (let octet = 0x21; octet <= 0xff; octet += 1) {
  // obs-text (0x80-0xff) passes in values and targets: runners send raw UTF-8 in both, and servers read it.
  if (octet !== 0x7f) CLASSES[octet] = FIELD_VALUE | TARGET
}
CLASSES[0x20] = FIELD_VALUE
CLASSES[0x09] = FIELD_VALUE
for (const character of "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") {
  const octet = character.charCodeAt(0)
  CLASSES[octet] = (CLASSES[octet] ?? 0) | TOKEN
}

/** tchar, RFC 9110 section 5.6.2. NaN, as charCodeAt returns past the end, is none. */
export function isTokenCharacter(octet: number): boolean {
  return ((CLASSES[octet] ?? 0) & TOKEN) !== 0
}

/** What a field value may hold: VCHAR, SP, HTAB, obs-text (RFC 9110 section 5.5). */
export function isFieldValueCharacter(octet: number): boolean {
  return ((CLASSES[octet] ?? 0) & FIELD_VALUE) !== 0
}

/** What a request target may hold here: visible characters and obs-text. */
export function isTargetCharacter(octet: number): boolean {
  return ((CLASSES[octet] ?? 0) & TARGET) !== 0
}

export const CR = 0x0d
export const LF = 0x0a
export const SP = 0x20
export const HTAB = 0x09
export const COLON = 0x3a
