/** A fault that a test outside of this folder does, to a part of certhop in its own process. */
export interface ElsewhereRow {
  readonly fault: string
  /** The name of the test as it stands in its file, without what changes from one of its kind to the next. */
  readonly test: string
  /** Below test/. */
  readonly file: string
}

export const ELSEWHERE: readonly ElsewhereRow[] = [
  {
    fault: 'a runner resets its connection before its answer',
    test: 'a runner that goes away before its answer takes its connection to the server with it',
    file: 'proxy/early-ends.test.ts',
  },
  {
    fault: 'a runner resets its connection within a response',
    test: 'a runner that goes away within a response takes its connection to the server with it',
    file: 'proxy/early-ends.test.ts',
  },
  {
    fault: 'a server refuses a body while it is sent, and reads no more',
    test: 'a server that answers and then reads no more holds the exchange for the response timeout and no longer',
    file: 'proxy/early-ends.test.ts',
  },
  {
    fault: 'a response without a length is reset',
    test: 'a response whose end is its connection breaks with it when the server resets it',
    file: 'proxy/early-ends.test.ts',
  },
  {
    fault: 'a server closes a kept connection just as a request that may not be repeated is sent',
    test: 'that the server closes just as a POST is sent is an error: nobody repeats a POST',
    file: 'proxy/connections.test.ts',
  },
  {
    fault: 'a runner sends requests and reads no answers',
    test: 'a runner that sends requests without reading their answers is answered as it reads',
    file: 'proxy/slow-runners.test.ts',
  },
  {
    fault: 'a host has no address',
    test: 'has no address: dns_failed',
    file: 'proxy/errors.test.ts',
  },
  {
    fault: 'the certificate of a server is of an unknown authority',
    test: 'has a certificate of an unknown authority: server_certificate_untrusted',
    file: 'proxy/errors.test.ts',
  },
  {
    fault: 'the certificate of a server has expired',
    test: 'has a certificate that has expired: server_certificate_expired',
    file: 'proxy/errors.test.ts',
  },
  {
    fault: 'a server refuses the client certificate by an alert',
    test: 'client_certificate_rejected, with its name and what to do',
    file: 'proxy/errors.test.ts',
  },
  {
    fault: 'a server hangs up instead of refusing the client certificate',
    test: 'A server that drops the connection instead of refusing the certificate: connection_reset, and the hint says that it may',
    file: 'proxy/errors.test.ts',
  },
  {
    fault: 'OpenSSL refuses the client certificate behind a handshake of TLS 1.3',
    test: 'a client certificate that OpenSSL refuses makes client_certificate_rejected with the alert, for GET and POST',
    file: 'peers/rejected.peer.ts',
  },
  {
    fault: 'a runner ends its side in the handshake with an https:// proxy',
    test: 'ends when the runner has ended its side, because nothing more can come',
    file: 'proxy/tls-front.test.ts',
  },
  {
    fault: 'a registry is written slowly',
    test: 'a registry that is written slowly, without ever believing a part of it',
    file: 'registry/watch.test.ts',
  },
  {
    fault: 'the events of the file system are lost',
    test: 'a change that leaves size and time as they were',
    file: 'registry/watch.test.ts',
  },
  {
    fault: 'files of an entry are unreadable for their user',
    test: 'is refused when permission is denied',
    file: 'identity/load.test.ts',
  },
  {
    fault: 'certificate and key are swapped one after the other',
    test: 'are believed only as a pair',
    file: 'registry/reload.test.ts',
  },
  {
    fault: 'the disk fills up at any point of `certhop add`',
    test: 'a disk that is full at any point of an addition leaves the registry whole and nothing else behind',
    file: 'registry/full-disk.peer.ts',
  },
  {
    fault: 'a process that changes the registry is killed at any of its steps',
    test: 'may be killed at any moment: the registry is whole, and the next change clears up',
    file: 'registry/edit.test.ts',
  },
  {
    fault: 'files of the state directory are missing, cut short, or of another authority',
    test: 'puts right what a crash left: files that are missing, cut short, or of another authority',
    file: 'authority/persistent.test.ts',
  },
  {
    fault: 'a second signal while it stops',
    test: 'a second signal ends at once, with the status that shells give for it',
    file: 'cli/serve.test.ts',
  },
]
