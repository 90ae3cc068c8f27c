import type { Status } from '../../../src/admin/schemas.ts'
import { Icon } from '../parts/icon.tsx'
import { DateOf } from '../parts/time.tsx'
import { shellText } from './shell-text.ts'
import { SnippetBlock } from './snippet-block.tsx'

/** What runners have to trust, where it is, and how it is trusted. */
export function AuthorityCard({ authority, bundle }: { authority: Status['authority']; bundle: string }) {
  const { path, subject, notAfter } = authority
  const file = shellText(path)
  return (
    <section class="card authority" aria-label="The local authority">
      <div class="authority-head">
        <div>
          <h2>The local authority</h2>
          <p class="quiet">
            A tunnel to a host with a certificate is opened, and the runner is shown a certificate by this
            authority. An <code>http://</code> URL needs no trust.
          </p>
        </div>
        <a class="button" href="/ca.pem" download="certhop-ca.pem">
          <Icon name="download" />
          Download the CA
        </a>
      </div>
      <dl class="facts">
        <dt>Certificate</dt>
        <dd class="mono">{path}</dd>
        <dt>With the system’s roots</dt>
        <dd class="mono">{bundle}</dd>
        <dt>Subject</dt>
        <dd>{subject}</dd>
        <dt>Valid until</dt>
        <dd>
          <DateOf at={notAfter} />
        </dd>
      </dl>
      <details>
        <summary>Trust it in the stores of systems, Java and browsers</summary>
        <div class="authority-stores">
          <SnippetBlock
            title="Debian, Ubuntu, Alpine"
            text={`sudo cp ${file} /usr/local/share/ca-certificates/certhop.crt\nsudo update-ca-certificates`}
          />
          <SnippetBlock
            title="Fedora, RHEL"
            text={`sudo cp ${file} /etc/pki/ca-trust/source/anchors/certhop.pem\nsudo update-ca-trust`}
          />
          <SnippetBlock
            title="Java"
            text={`keytool -importcert -noprompt -cacerts -storepass changeit -alias certhop -file ${file}`}
          />
          <SnippetBlock
            title="Chromium and Chrome on Linux"
            text={`mkdir -p ~/.pki/nssdb\ncertutil -d sql:$HOME/.pki/nssdb -A -n certhop -t C,, -i ${file}`}
          />
        </div>
      </details>
    </section>
  )
}
