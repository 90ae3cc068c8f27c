import { parentPort, workerData } from 'node:worker_threads'
import { addCertificate } from './add.ts'
import { failureOf } from './edit-failure.ts'
import { EditRefused } from './edit-refused.ts'
import type { EditAnswer, EditRequest } from './edit-thread.ts'
import type { Material } from './material.ts'
import { removeCertificate } from './remove.ts'

const request = workerData as EditRequest
change()
  .then(
    (id): EditAnswer => ({ id }),
    (error): EditAnswer => ({ failure: failureOf(error) }),
  )
  .then(answer => parentPort?.postMessage(answer))

/** Resolves to the id of what was added or removed. */
async function change(): Promise<string> {
  if (request.kind === 'remove') {
    return (await removeCertificate(request.registry, request.id)).definition.id
  }
  const { certificate, ageIdentity, registry } = request
  const material = receivedMaterial(certificate.material)
  const { passphrase: value } = certificate
  const passphrase = async () => {
    if (value !== null) return { kind: 'plain', value } as const
    throw new EditRefused('invalid', 'the key is encrypted', { field: 'passphrase' })
  }
  const added = await addCertificate(registry, { ...certificate, material, passphrase }, { ageIdentity })
  return added.entry.id
}

/** Buffers come out of another thread as plain arrays of octets. */
function receivedMaterial(material: Material): Material {
  const parts = Object.entries(material).map(([part, { path, content }]) => [
    part,
    { path, content: Buffer.from(content.buffer, content.byteOffset, content.byteLength) },
  ])
  return Object.fromEntries(parts)
}
