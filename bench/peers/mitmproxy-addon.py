"""The same job for mitmproxy: requests in clear leave over TLS, names are found without DNS, and bodies are passed on as
they come. Arguments: options of mitmproxy, see mitmproxy.ts."""

import socket

from mitmproxy import ctx

resolve = socket.getaddrinfo


def resolve_locally(host, *rest, **options):
    name = host.decode() if isinstance(host, bytes) else host
    return resolve("127.0.0.1" if name.endswith(".test") else host, *rest, **options)


socket.getaddrinfo = resolve_locally


class SameJob:
    def load(self, loader):
        loader.add_option("api_port", int, 443, "The port of the server.")

    def requestheaders(self, flow):
        if flow.request.scheme == "http":
            host = flow.request.host_header
            flow.request.scheme = "https"
            flow.request.port = ctx.options.api_port
            flow.request.host_header = host


addons = [SameJob()]
