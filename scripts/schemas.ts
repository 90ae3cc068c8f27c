// Writes the JSON Schemas that editors check the settings and the registry with, and the OpenAPI document: `node scripts/pinned.js scripts/schemas.ts`.
import { writeFileSync } from 'node:fs'
import { openApiDocument } from '../src/admin/openapi.ts'
import { ROUTES } from '../src/admin/routes.ts'
import { registryJsonSchema } from '../src/registry/schema.ts'
import { settingsJsonSchema } from '../src/settings/schema.ts'

const documents = {
  'config/certhop.schema.json': settingsJsonSchema(),
  'config/registry.schema.json': registryJsonSchema(),
  'docs/openapi.json': openApiDocument(ROUTES),
}

for (const [path, document] of Object.entries(documents)) {
  writeFileSync(new URL(`../${path}`, import.meta.url), `${JSON.stringify(document, null, 2)}\n`)
}
