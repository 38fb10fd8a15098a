"""An OpenID issuer with real keys on a loopback port, for the tests of what verifies tokens."""

import http.server
import json
import threading
from types import TracebackType
from typing import Any

from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, RSAKey


class Issuer:
    """Serves its discovery document and its keys, and signs tokens with the newest of them."""

    def __init__(self) -> None:
        self.keys: list[RSAKey] = []
        self.fetches = self._rotations = 0
        self.is_broken = False
        self.rotate()
        issuer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                issuer.fetches += self.path.endswith("jwks.json")
                if self.path.endswith("/.well-known/openid-configuration"):
                    document: Any = {"issuer": issuer.url, "jwks_uri": f"{issuer.url}/jwks.json"}
                else:
                    document = KeySet(issuer.keys).as_dict(private=False)
                content = json.dumps(document).encode()
                self.send_response(500 if issuer.is_broken else 200)
                self.send_header("content-length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: object) -> None:
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def rotate(self) -> None:
        """Go over to a new key."""
        self._rotations += 1
        key_id = f"key-{self._rotations}"
        self.keys = [RSAKey.generate_key(2048, {"kid": key_id, "use": "sig"}, private=True)]

    def token(self, now: float, header: dict[str, Any] | None = None, **claims: Any) -> str:
        """A token that is good for an hour; a claim that is None isn't in it."""
        key = self.keys[0]
        content = {"iss": self.url, "sub": "me", "iat": int(now), "exp": int(now) + 3600, **claims}
        given = {"alg": "RS256", "kid": key.kid, **(header or {})}
        return jwt.encode(given, {name: value for name, value in content.items() if value is not None}, key)

    def elliptic_token(self, now: float) -> str:
        """A token that is signed with a key of a kind that API Gateway doesn't take."""
        key = ECKey.generate_key("P-256", {"kid": self.keys[0].kid}, private=True)
        return jwt.encode({"alg": "ES256", "kid": key.kid}, {"iss": self.url, "exp": int(now) + 60}, key)

    def __enter__(self) -> "Issuer":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()
