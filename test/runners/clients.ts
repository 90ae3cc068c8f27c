import type { Client } from './client.ts'
import { BLACKBOX_EXPORTER } from './clients/blackbox-exporter.ts'
import { BRUNO } from './clients/bruno.ts'
import { CHECK_HTTP } from './clients/check-http.ts'
import { CHROMIUM } from './clients/chromium.ts'
import { CURL } from './clients/curl.ts'
import { GIT } from './clients/git.ts'
import { GO } from './clients/go.ts'
import { GRPC } from './clients/grpc.ts'
import { JAVA } from './clients/java.ts'
import { NEWMAN } from './clients/newman.ts'
import { NODE_CLIENTS } from './clients/node.ts'
import { PERL } from './clients/perl.ts'
import { PLAYWRIGHT } from './clients/playwright.ts'
import { PYTHON_CLIENTS } from './clients/python.ts'
import { RUBY } from './clients/ruby.ts'
import { WS } from './clients/websocket.ts'
import { WGET } from './clients/wget.ts'

/** In the order of the table. */
export const CLIENTS: readonly Client[] = [
  ...CURL,
  WGET,
  GIT,
  ...PYTHON_CLIENTS,
  ...NODE_CLIENTS,
  WS,
  ...GRPC,
  JAVA,
  GO,
  PERL,
  RUBY,
  NEWMAN,
  BRUNO,
  PLAYWRIGHT,
  CHROMIUM,
  ...CHECK_HTTP,
  ...BLACKBOX_EXPORTER,
]
