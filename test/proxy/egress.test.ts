import assert from 'node:assert/strict'
import { test } from 'node:test'
import { connect as connectTls } from 'node:tls'
import { readFile } from 'node:fs/promises'
import { egressSettings, startEgressProxy } from '../support/egress-proxy.ts'
import { MINTED } from '../support/path.ts'
import { startProxy } from '../support/proxy.ts'
import { clientName, startHttpServer, startHttpsServer, startRawServer } from '../support/servers.ts'

const { authority, client, server: serverCertificate } = MINTED

const ENTRY = { id: 'api', host: 'api.test', certificate: client, ca: authority }
const MTLS = { certificate: serverCertificate, clientAuthority: authority }

/** A server behind mTLS that says who asked for what; the names in these tests exist nowhere but at the egress proxy. */
const startApi = (test: Parameters<typeof startHttpsServer>[0]) =>
  startHttpsServer(test, MTLS, (request, response) => {
    response.end(`${clientName(request.socket)} ${request.headers.host} ${request.url}`)
  })
