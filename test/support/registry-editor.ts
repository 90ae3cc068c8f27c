// Adds certificates to a registry and removes some of them again, as `certhop add` and `certhop remove` do.
// Arguments: the registry, a prefix for ids, how many to add, a PEM file with certificate and key. Every third one is
// removed again. With `forever` it goes on until it is killed.
import { readFileSync } from 'node:fs'
import { addCertificate, type NewCertificate } from '../../src/registry/add.ts'
import { removeCertificate } from '../../src/registry/remove.ts'

const [registry = '', prefix = '', count = '', pem = ''] = process.argv.slice(2)
const file = { path: pem, content: readFileSync(pem) }
const ageIdentity = { env: 'CERTHOP_AGE_IDENTITY' }

for (let number = 0; count === 'forever' || number < Number(count); number += 1) {
  const id = `${prefix}-${number}`
  const certificate: NewCertificate = {
    id,
    hosts: [`${id}.example.test`],
    material: { cert: file, key: file },
    passphrase: () => Promise.reject(new Error('the key is not encrypted')),
  }
  await addCertificate(registry, certificate, { ageIdentity })
  if (number % 3 === 0) await removeCertificate(registry, id)
}
