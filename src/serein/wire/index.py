"""Which services exist and what they are called on the wire, without loading any model.

The facts are in `services.json`, made from botocore's models by `python -m serein.wire.index`.
"""

import gzip
import re
from pathlib import Path

import msgspec

from serein.wire.models import Metadata, find_overlay, model_folders

_PATH = Path(__file__).with_name("services.json")


class Entry(msgspec.Struct, frozen=True, omit_defaults=True):
    """What routing needs to know of a service."""

    signing_name: str
    endpoint_prefix: str
    api_version: str
    protocols: tuple[str, ...]
    target_prefix: str = ""
    sdk_name: str = ""
    """What the SDK for Java calls it, where that isn't its name."""


class Index:
    """Looks services up by what requests say. Each look-up returns the names of services, as SDKs spell them."""

    def __init__(self) -> None:
        self.entries = msgspec.json.decode(_PATH.read_bytes(), type=dict[str, Entry])
        self._by_target_prefix: dict[str, list[str]] = {}
        self._by_signing_name: dict[str, list[str]] = {}
        self._by_endpoint_prefix: dict[str, list[str]] = {}
        self._by_version: dict[str, list[str]] = {}
        self._by_sdk_name: dict[str, str] = {}
        for name, entry in self.entries.items():
            self._by_signing_name.setdefault(entry.signing_name, []).append(name)
            self._by_endpoint_prefix.setdefault(entry.endpoint_prefix, []).append(name)
            self._by_sdk_name[entry.sdk_name or name] = name
            if entry.target_prefix:
                self._by_target_prefix.setdefault(entry.target_prefix, []).append(name)
            if "query" in entry.protocols or "ec2" in entry.protocols:
                self._by_version.setdefault(entry.api_version, []).append(name)

    def by_target_prefix(self, prefix: str) -> list[str]:
        """Services by what stands before the dot in `X-Amz-Target`, and by the service in an RPC v2 path."""
        return self._by_target_prefix.get(prefix, [])

    def by_signing_name(self, name: str) -> list[str]:
        """Services by the service in a signature's credential scope."""
        return self._by_signing_name.get(name, [])

    def by_endpoint_prefix(self, prefix: str) -> list[str]:
        """Services by the first label of their host names."""
        return self._by_endpoint_prefix.get(prefix, [])

    def by_version(self, version: str) -> list[str]:
        """Services that speak Query, by a form's `Version`."""
        return self._by_version.get(version, [])

    def by_sdk_name(self, name: str) -> str | None:
        """The service that the SDK for Java calls so."""
        return self._by_sdk_name.get(name)


class _Described(msgspec.Struct):
    metadata: Metadata


def generate() -> bytes:
    """The index of the installed botocore's services, as `services.json` holds it."""
    entries = {}
    for name, folder in sorted(model_folders().items()):
        text = gzip.decompress((folder / "service-2.json.gz").read_bytes())
        metadata = msgspec.json.decode(text, type=_Described).metadata
        overlay = find_overlay(name)
        entries[name] = Entry(
            signing_name=metadata.signing_name or metadata.endpoint_prefix,
            endpoint_prefix=metadata.endpoint_prefix,
            api_version=metadata.api_version,
            protocols=(overlay.protocols if overlay else ()) or metadata.protocols or (metadata.protocol,),
            target_prefix=metadata.target_prefix,
            sdk_name=sdk_name if (sdk_name := re.sub(r"[^a-z0-9]", "", metadata.service_id.lower())) != name else "",
        )
    lines = [
        f"{msgspec.json.encode(name).decode()}:{msgspec.json.encode(entry).decode()}" for name, entry in entries.items()
    ]
    return ("{\n" + ",\n".join(lines) + "\n}\n").encode()


if __name__ == "__main__":
    _PATH.write_bytes(generate())
