"""HTTPS, for functions by AWS's own host names and for anybody at the server's port: a certificate for every name.

Functions name hosts such as `{api}.execute-api.{region}.amazonaws.com`, and some libraries fix the port. Inside
functions these names lead here: Python and Node.js are told another port, and whatever else runs in a sandbox looks
the names up at a name server of ours, which needs the right to listen on low ports. The certificates are signed by an
authority of this data folder that nobody else trusts. Everything begins with the first function: the authority costs
50 ms once in the life of a data folder, and a certificate is made when its name is first asked for.
"""

import asyncio
import datetime
import errno
import logging
import os
import socket
import ssl
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from serein.kernel.clock import wall_seconds
from serein.kernel.domains import Domains
from serein.kernel.ids import random_bytes
from serein.kernel.runner import AwsHosts
from serein.wire.client_hello import find_server_name
from serein.wire.http1 import Connection, end_sockets
from serein.wire.listener import Application, BehindServer, bind, carry
from serein.wire.name_server import NameServer, resolver_configuration, system_servers

log = logging.getLogger("serein.http")
_AUTHORITY_DAYS, _CERTIFICATE_DAYS = 3650, 397
_SYSTEM_BUNDLES = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
)
_RESOLVER = Path("/etc/resolv.conf")
_HTTPS_PORT, _HTTP_PORT = 443, 80
_ADDRESSES_TRIED = 8
_REMEMBERED = 1000
_FALLBACK_NAME = "amazonaws.com"
_HANDSHAKE_SECONDS = 30.0


class TlsListener:
    """Opened when the first function wants it."""

    def __init__(self, folder: Path) -> None:
        """`folder` keeps the authority."""
        self._folder = folder
        self._application: Application | None = None
        self._opening: asyncio.Future[AwsHosts] | None = None
        self._servers: list[asyncio.Server] = []
        self._names: NameServer | None = None
        self._behind: BehindServer | None = None
        self._connections: set[Connection] = set()
        self._contexts: dict[str, ssl.SSLContext] = {}
        self._origins: dict[tuple[str, int], str] = {}
        """Of clients whose connections came to the server's own port."""
        self._domains = Domains()
        self._guarded: dict[str, tuple[str, asyncio.Server]] = {}
        """The servers of names whose clients have to have certificates, with what these must come from."""

    def start(self, application: Application, domains: Domains) -> None:
        """Have requests answered by an application, once anybody opens this."""
        self._application = application
        self._domains = domains
        self._behind = BehindServer(application)

    async def open(self) -> AwsHosts:
        """Listen, and tell where and what has to be trusted. Raises OSError."""
        if self._opening is None:
            self._opening = asyncio.ensure_future(self._open())
        return await asyncio.shield(self._opening)

    async def take(self, connection: Connection, received: bytes) -> None:
        """Serve a connection to the server's own port that begins with TLS. Raises OSError."""
        address = (await self.open()).address
        server_name = find_server_name(received)
        domain = self._domains.find(server_name) if server_name else None
        if domain is not None and domain.truststore:
            address = await self._guard(server_name, domain.truststore)
        host, _, port = address.rpartition(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        name = tuple(writer.get_extra_info("sockname")[:2])
        self._origins[name] = connection.client_address
        try:
            await carry(connection, received, reader, writer)
        finally:
            self._origins.pop(name, None)

    async def close(self) -> None:
        if self._names is not None:
            self._names.close()
        for server in (*self._servers, *(server for _, server in self._guarded.values())):
            server.close()
        for connection in list(self._connections):
            connection.transport.abort()
        if self._behind is not None:
            await self._behind.close()

    def end_sockets(self) -> None:
        """Say good-bye to every WebSocket."""
        end_sockets(self._connections)

    async def _open(self) -> AwsHosts:
        await asyncio.to_thread(ensure_authority, self._folder)
        listening = bind("127.0.0.1", 0)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.sni_callback = self._choose
        context.set_alpn_protocols(["http/1.1"])
        loop, connection = asyncio.get_running_loop(), self._connection
        self._servers.append(await loop.create_server(connection, sock=listening, **_secured(context)))
        address = f"127.0.0.1:{listening.getsockname()[1]}"
        hosts = AwsHosts(address, self._folder / "ca.pem", self._folder / "bundle.pem")
        try:
            return replace(hosts, resolver=await self._open_names(connection, context))
        except OSError as error:
            return replace(hosts, problem=error.strerror or str(error))

    def _connection(self) -> Connection:
        application, behind = self._application, self._behind
        assert application is not None and behind is not None
        return Connection(application.reply_to, application.connect, behind.take, self._connections, self._origins)

    async def _guard(self, name: str, truststore: str) -> str:
        """The address of the server of a name whose clients have to have certificates. Raises OSError, ssl.SSLError."""
        known = self._guarded.get(name)
        if known is None or known[0] != truststore:
            context = await asyncio.to_thread(context_for, self._folder, name)
            context.load_verify_locations(cadata=truststore)
            context.verify_mode = ssl.CERT_REQUIRED
            if known is not None:
                known[1].close()
            server = await asyncio.get_running_loop().create_server(
                self._connection, sock=bind("127.0.0.1", 0), **_secured(context)
            )
            known = self._guarded[name] = truststore, server
        return f"127.0.0.1:{known[1].sockets[0].getsockname()[1]}"

    async def _open_names(self, connection: Callable[[], Connection], context: ssl.SSLContext) -> Path:
        """Be found by whatever looks names up: serve them, and listen where they lead. Raises OSError."""
        if sys.platform != "linux":
            raise OSError(errno.EADDRNOTAVAIL, "that needs Linux")
        loop = asyncio.get_running_loop()
        address, secure = _bind_own_address()
        names = NameServer(address, system_servers(_RESOLVER))
        try:
            plain = bind(address, _HTTP_PORT)
            try:
                await names.start()
            except OSError:
                plain.close()
                raise
        except OSError:
            secure.close()
            raise
        self._names = names
        self._servers.append(await loop.create_server(connection, sock=secure, **_secured(context)))
        self._servers.append(await loop.create_server(connection, sock=plain))
        configuration = self._folder / "resolv.conf"
        _write(configuration, resolver_configuration(_RESOLVER, address).encode(), 0o644)
        return configuration

    def _choose(self, connection: ssl.SSLObject, name: str | None, _context: ssl.SSLContext) -> int | None:
        """Answer with the certificate of the name that the client asks for."""
        name = (name or _FALLBACK_NAME).lower()
        domain = self._domains.find(name)
        if domain is not None and domain.truststore:
            return ssl.ALERT_DESCRIPTION_HANDSHAKE_FAILURE
        found = self._contexts.get(name)
        if found is None:
            found = context_for(self._folder, name)
            if len(self._contexts) < _REMEMBERED:
                self._contexts[name] = found
        connection.context = found
        return None


def _secured(context: ssl.SSLContext) -> dict[str, Any]:
    """How a server of asyncio speaks TLS; who takes longer to begin than a request's head may is hung up on."""
    return {"ssl": context, "ssl_handshake_timeout": _HANDSHAKE_SECONDS}


def _bind_own_address() -> tuple[str, socket.socket]:
    """An address of the loopback network that nobody has, and its port for HTTPS. Raises OSError."""
    for attempt in range(_ADDRESSES_TRIED):
        address = ".".join(map(str, (127, *(1 + number % 254 for number in random_bytes(3)))))
        try:
            return address, bind(address, _HTTPS_PORT)
        except OSError as error:
            if error.errno != errno.EADDRINUSE or attempt == _ADDRESSES_TRIED - 1:
                raise
    raise AssertionError("the last attempt raises")


def ensure_authority(folder: Path) -> None:
    """Have `ca.pem`, its key, and `bundle.pem` (the system's authorities and this one) in the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    authority, bundle = folder / "ca.pem", folder / "bundle.pem"
    if not authority.exists():
        _make_authority(folder)
    system = next((Path(path) for path in _system_bundles() if Path(path).is_file()), None)
    newest = max([authority.stat().st_mtime, *([system.stat().st_mtime] if system is not None else [])])
    if not bundle.exists() or bundle.stat().st_mtime < newest:
        text = system.read_text("utf-8", "replace") if system is not None else ""
        _write(bundle, f"{text}\n{authority.read_text()}".encode(), 0o644)


def _system_bundles() -> list[str]:
    own = ssl.get_default_verify_paths()
    return [path for path in (*_SYSTEM_BUNDLES, own.openssl_cafile) if path]


def _make_authority(folder: Path) -> None:
    # Why here: loading it takes 40 ms, once in the life of a data folder.
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Serein local authority")])
    usage = partial(
        x509.KeyUsage,
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
    certificate = (
        _builder(name, name, key.public_key(), _AUTHORITY_DAYS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage(key_cert_sign=True, crl_sign=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    _write(folder / "ca.key", _key_bytes(key), 0o600)
    _write(folder / "ca.pem", _certificate_bytes(certificate), 0o644)


def context_for(folder: Path, name: str) -> ssl.SSLContext:
    """A server's context with a fresh certificate for a host name; some milliseconds."""
    # Why here: most servers are never asked for one, and loading it takes 40 ms.
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import load_pem_private_key
    from cryptography.x509.oid import ExtendedKeyUsageOID  # why here: as above

    authority = x509.load_pem_x509_certificate((folder / "ca.pem").read_bytes())
    authority_key: Any = load_pem_private_key((folder / "ca.key").read_bytes(), None)
    key = ec.generate_private_key(ec.SECP256R1())
    identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key())
    certificate = (
        _builder(x509.Name([]), authority.subject, key.public_key(), _CERTIFICATE_DAYS)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=True)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(identifier, critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_alpn_protocols(["http/1.1"])
    with tempfile.NamedTemporaryFile(dir=folder) as file:  # OpenSSL takes certificates from files only
        file.write(_key_bytes(key) + _certificate_bytes(certificate))
        file.flush()
        context.load_cert_chain(file.name)
    return context


def _builder(subject: Any, issuer: Any, public_key: Any, days: int) -> Any:
    from cryptography import x509  # why here: as above

    now = datetime.datetime.fromtimestamp(wall_seconds(), datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=days))
    )


def _key_bytes(key: Any) -> bytes:
    from cryptography.hazmat.primitives import serialization  # why here: as above

    found: bytes = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return found


def _certificate_bytes(certificate: Any) -> bytes:
    from cryptography.hazmat.primitives import serialization  # why here: as above

    found: bytes = certificate.public_bytes(serialization.Encoding.PEM)
    return found


def _write(path: Path, content: bytes, mode: int) -> None:
    """Write a file as a whole, never readable by more than it may be."""
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    opener: Callable[[str, int], int] = partial(os.open, mode=mode)
    with open(aside, "wb", opener=opener) as file:
        file.write(content)
    aside.chmod(mode)
    aside.replace(path)
