"""Signing requests with AWS Signature Version 4: what the platform sends as a role."""

import hashlib
import hmac
from dataclasses import replace
from datetime import UTC, datetime

from serein.kernel.http import Headers, HttpRequest, Keys
from serein.wire.canonical import canonical_request
from serein.wire.sigv4 import ALGORITHM, Credential, signing_key


def signature_headers(http: HttpRequest, body: bytes, keys: Keys, region: str, service: str, now: float) -> Headers:
    """The headers that sign a request; of those that it has, only Host is signed. `now` is the real time."""
    moment = datetime.fromtimestamp(now, UTC).strftime("%Y%m%dT%H%M%SZ")
    added = [("x-amz-date", moment)]
    if keys.token:
        added.append(("x-amz-security-token", keys.token))
    names = ";".join(["host", *(name for name, _ in added)])
    scope = f"{moment[:8]}/{region}/{service}/aws4_request"
    credential = Credential(keys.access_key_id, moment[:8], region, service, scope, names)
    whole = replace(http, headers={**http.headers, "host": http.host, **dict(added)})
    canonical = canonical_request(whole, names, hashlib.sha256(body).hexdigest(), is_path_raw=False)
    to_sign = f"{ALGORITHM}\n{moment}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    signature = hmac.new(signing_key(keys.secret, credential), to_sign.encode(), hashlib.sha256).hexdigest()
    parts = f"Credential={keys.access_key_id}/{scope}, SignedHeaders={names}, Signature={signature}"
    return [*added, ("authorization", f"{ALGORITHM} {parts}")]
