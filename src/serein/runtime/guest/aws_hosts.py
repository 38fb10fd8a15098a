"""AWS's host names lead to the platform: what a Python function connects to under them, on 443, is somewhere else."""

import socket

SUFFIXES = (".amazonaws.com", ".amazonaws.com.cn", ".on.aws", ".api.aws")
PREFIXES = ("sync-", "stream-", "data-")
"""What SDKs put in front of the host for some operations, of AWS_ENDPOINT_URL too."""
HOSTS = ("127.0.0.1", "localhost")


def redirect(address):
    """Have AWS's names lead to `host:port`, for whatever resolves names by `socket.getaddrinfo`."""
    host, _, port = address.partition(":")
    resolve = socket.getaddrinfo

    def getaddrinfo(name, service, *arguments, **options):
        text = name.decode("ascii", "replace") if isinstance(name, bytes) else name
        if service in (443, "443", "https") and isinstance(text, str) and text.lower().rstrip(".").endswith(SUFFIXES):
            if arguments:
                arguments = (socket.AF_INET, *arguments[1:])
            else:
                options["family"] = socket.AF_INET
            return resolve(host, int(port), *arguments, **options)
        if isinstance(text, str) and text.startswith(PREFIXES) and text.partition("-")[2] in HOSTS:
            name = text.partition("-")[2]
        return resolve(name, service, *arguments, **options)

    socket.getaddrinfo = getaddrinfo
