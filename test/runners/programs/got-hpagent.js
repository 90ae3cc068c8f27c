import got from 'got'
import { HttpProxyAgent, HttpsProxyAgent } from 'hpagent'

const proxy = process.env.HTTPS_PROXY
const agent = { http: new HttpProxyAgent({ proxy }), https: new HttpsProxyAgent({ proxy }) }
process.stdout.write(
  await got(process.argv[2], { agent, throwHttpErrors: false, retry: { limit: 0 } }).text(),
)
