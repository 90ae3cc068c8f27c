import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { main } from '../../src/cli/main.ts'
import { isPassword, type PasswordHash, parsePasswordHash } from '../../src/core/password-hash.ts'
import { TestIo } from '../support/io.ts'

/** `answers` are what is on standard input, or what is typed at one question after the other. */
async function hashPassword(isTerminal: boolean, ...answers: (string | Buffer)[]) {
  const io = new TestIo('/')
  io.stdin.isTTY = isTerminal
  if (isTerminal) {
    io.stderr.on('text', () => {
      if (io.stderr.text.endsWith(': ')) io.stdin.write(answers.shift() ?? '\x04')
    })
  } else io.stdin.end(answers[0])
  const status = await main(['secrets', 'hash-password'], io)
  return { status, stdout: io.stdout.text, stderr: io.stderr.text }
}

async function fits(printed: string, password: string): Promise<boolean> {
  assert.match(printed, /^\$scrypt\$ln=15,r=8,p=3\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}\n$/)
  return isPassword(password, parsePasswordHash(printed.trimEnd()) as PasswordHash)
}

describe('secrets hash-password', () => {
  for (const [input, password] of [
    ['s3cret', 's3cret'],
    ['s3cret\n', 's3cret'],
    ['s3cret\r\n', 's3cret'],
    [' a b:c ü€ \n', ' a b:c ü€ '],
  ] as const) {
    test(`hashes ${JSON.stringify(input)} on standard input, without a newline at its end`, async () => {
      const { status, stdout, stderr } = await hashPassword(false, input)
      assert.deepEqual([status, stderr], [0, ''])
      assert(await fits(stdout, password))
      assert(!(await fits(stdout, `${password}x`)))
    })
  }

  test('never prints the same twice', async () => {
    const [first, second] = [await hashPassword(false, 'same'), await hashPassword(false, 'same')]
    assert.notEqual(first.stdout, second.stdout)
  })

  test('asks twice on a terminal, and shows nothing of what is typed', async () => {
    const { status, stdout, stderr } = await hashPassword(true, 'secrez\x7ft\r', 'secret\n')
    assert.deepEqual([status, stderr], [0, 'Password: \nThe same again: \n'])
    assert(await fits(stdout, 'secret'))
  })

  test('refuses two that differ, an empty one, and what no client can send', async () => {
    for (const [isTerminal, answers, reason] of [
      [true, ['secret\n', 'secrets\n'], /the two are not the same/],
      [true, ['\n'], /the password is empty/],
      [false, [''], /the password is empty/],
      [false, ['\n'], /the password is empty/],
      [false, ['secret\nsecret\n'], /holds a control character/],
      [false, ['sec\0ret'], /holds a control character/],
    ] as const) {
      const { status, stdout, stderr } = await hashPassword(isTerminal, ...answers)
      assert.deepEqual([status, stdout], [1, ''])
      assert.match(stderr, reason)
      assert.doesNotMatch(stderr, /secret/)
    }
  })

  for (const [name, key] of [
    ['Ctrl-C', '\x03'],
    ['Ctrl-D', '\x04'],
  ] as const) {
    test(`prints nothing when ${name} is the answer`, async () => {
      const { status, stdout } = await hashPassword(true, key)
      assert.deepEqual([status, stdout], [1, ''])
    })
  }
})
