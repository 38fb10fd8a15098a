"""Rows of functions, their published versions and their packages."""

import hashlib
import json
from dataclasses import dataclass

from serein.kernel.database import Row, Transaction
from serein.kernel.scope import Scope
from serein.services.lambda_.configuration import Configuration
from serein.services.lambda_.errors import function_not_found
from serein.services.lambda_.names import LATEST, FunctionReference, function_arn

UNRESERVED = -1
PROVISIONED_TOPIC = "lambda:provisioned"
_KEY = "account = :account AND region = :region AND name = :name"


@dataclass(frozen=True, slots=True)
class FunctionRow:
    """A function; `configuration` is the record of $LATEST as JSON text."""

    scope: Scope
    name: str
    configuration: str
    next_version: int
    reserved_concurrency: int
    recursive_loop: str
    tags: str

    @property
    def arn(self) -> str:
        return function_arn(self.scope, self.name)

    def latest(self) -> Configuration:
        """The record of $LATEST.

        AWS: publishing a version and changing tags give $LATEST another revision. It is derived here, not written, so
        that the record stays the same, and with it the environments that were made for it.
        """
        parsed: Configuration = json.loads(self.configuration)
        beside = [self.next_version, self.tags]
        if parsed.get("_beside", beside) != beside:
            digest = hashlib.sha256(f"{parsed['RevisionId']}:{beside}".encode()).hexdigest()
            parsed["RevisionId"] = f"{digest[:8]}-{digest[8:12]}-{digest[12:16]}-{digest[16:20]}-{digest[20:32]}"
        parsed["_beside"] = beside
        return parsed


def _key(scope: Scope, name: str) -> dict[str, str]:
    return {"account": scope.account, "region": scope.region, "name": name}


_COLUMNS = "configuration, next_version, reserved_concurrency, recursive_loop, tags"


def find_function(tx: Transaction, scope: Scope, name: str) -> FunctionRow | None:
    row = tx.one(f"SELECT {_COLUMNS} FROM lambda_functions WHERE {_KEY}", **_key(scope, name))
    return None if row is None else FunctionRow(scope, name, *row)


def require_function(tx: Transaction, reference: FunctionReference) -> FunctionRow:
    """The function, whatever the qualifier. Raises ResourceNotFoundException."""
    row = find_function(tx, reference.scope, reference.name)
    if row is None:
        raise function_not_found(reference.arn)
    return row


def invocation_row(tx: Transaction, scope: Scope, name: str) -> Row | None:
    """What an invocation needs: $LATEST's record as text and the reserved concurrency."""
    return tx.one(
        "SELECT configuration, reserved_concurrency FROM lambda_functions"
        " WHERE account = :account AND region = :region AND name = :name",
        account=scope.account,
        region=scope.region,
        name=name,
    )


def append_function(
    tx: Transaction, scope: Scope, name: str, configuration: Configuration, tags: dict[str, str]
) -> bool:
    """Add a function; False when there is one of that name."""
    return bool(
        tx.run(
            "INSERT INTO lambda_functions (account, region, name, configuration, code_sha256, next_version,"
            " reserved_concurrency, recursive_loop, tags) VALUES (:account, :region, :name, :configuration, :code, 1,"
            " :unreserved, 'Terminate', :tags) ON CONFLICT DO NOTHING",
            configuration=_text(configuration | {"_beside": [1, json.dumps(tags)]}),
            code=configuration["_code"],
            unreserved=UNRESERVED,
            tags=json.dumps(tags),
            **_key(scope, name),
        )
    )


def update_latest(tx: Transaction, scope: Scope, name: str, configuration: Configuration) -> None:
    tx.run(
        f"UPDATE lambda_functions SET configuration = :configuration, code_sha256 = :code WHERE {_KEY}",
        configuration=_text(configuration),
        code=configuration["_code"],
        **_key(scope, name),
    )


def update_tags(tx: Transaction, scope: Scope, name: str, tags: dict[str, str]) -> None:
    tx.run(f"UPDATE lambda_functions SET tags = :tags WHERE {_KEY}", tags=json.dumps(tags), **_key(scope, name))


def update_reserved(tx: Transaction, scope: Scope, name: str, reserved: int) -> None:
    tx.run(f"UPDATE lambda_functions SET reserved_concurrency = :n WHERE {_KEY}", n=reserved, **_key(scope, name))


def update_recursive_loop(tx: Transaction, scope: Scope, name: str, value: str) -> None:
    tx.run(f"UPDATE lambda_functions SET recursive_loop = :value WHERE {_KEY}", value=value, **_key(scope, name))


def reserved_in_total(tx: Transaction, scope: Scope, but: str) -> int:
    """What the functions of an account and region but one have reserved."""
    row = tx.one(
        "SELECT sum(reserved_concurrency) FROM lambda_functions WHERE account = :account AND region = :region"
        " AND name <> :name AND reserved_concurrency > 0",
        **_key(scope, but),
    )
    return int(row[0]) if row and row[0] is not None else 0


def remove_function(tx: Transaction, scope: Scope, name: str) -> list[str]:
    """Remove a function and all that is its own; return the hashes of its packages."""
    hashes = tx.all(
        f"SELECT code_sha256 FROM lambda_functions WHERE {_KEY}"
        f" UNION SELECT code_sha256 FROM lambda_versions WHERE {_KEY}",
        **_key(scope, name),
    )
    for table in ("functions", "versions", "aliases", "event_configs", "urls", "provisioned", "version_settings"):
        tx.run(f"DELETE FROM lambda_{table} WHERE {_KEY}", **_key(scope, name))
    tx.run(
        "DELETE FROM lambda_policies WHERE account = :account AND region = :region"
        " AND (resource = :name OR (resource > :from_name AND resource < :to_name))",
        from_name=name + ":",
        to_name=name + ";",
        **_key(scope, name),
    )
    tx.wake(PROVISIONED_TOPIC)
    return [row[0] for row in hashes]


def list_functions(tx: Transaction, scope: Scope, after: str, limit: int) -> list[FunctionRow]:
    rows = tx.all(
        f"SELECT name, {_COLUMNS} FROM lambda_functions WHERE account = :account AND region = :region"
        " AND name > :name ORDER BY name LIMIT :limit",
        limit=limit,
        **_key(scope, after),
    )
    return [FunctionRow(scope, *row) for row in rows]


def count_functions(tx: Transaction, scope: Scope) -> tuple[int, int]:
    """How many functions there are, and the size of all packages of them and their versions."""
    values = {"account": scope.account, "region": scope.region}
    count = tx.one("SELECT count(*) FROM lambda_functions WHERE account = :account AND region = :region", **values)
    return (count[0] if count else 0), code_bytes(tx, scope)


def code_bytes(tx: Transaction, scope: Scope) -> int:
    """The size of all packages of functions, versions and layers, each counted as often as it is used, as on AWS."""
    size = tx.one(
        "SELECT sum(p.size_bytes) FROM lambda_packages p JOIN"
        " (SELECT code_sha256 FROM lambda_functions WHERE account = :account AND region = :region"
        " UNION ALL SELECT code_sha256 FROM lambda_versions WHERE account = :account AND region = :region"
        " UNION ALL SELECT code_sha256 FROM lambda_layer_versions WHERE account = :account AND region = :region) u"
        " ON u.code_sha256 = p.sha256",
        account=scope.account,
        region=scope.region,
    )
    return int(size[0] or 0) if size else 0


def append_version(tx: Transaction, row: FunctionRow, configuration: Configuration) -> None:
    """Add a published version; its number becomes taken for good."""
    number = int(configuration["Version"])
    tx.run(
        "INSERT INTO lambda_versions (account, region, name, version, configuration, code_sha256)"
        " VALUES (:account, :region, :name, :version, :configuration, :code)",
        version=number,
        configuration=_text(configuration),
        code=configuration["_code"],
        **_key(row.scope, row.name),
    )
    tx.run(
        f"UPDATE lambda_functions SET next_version = :next WHERE {_KEY}", next=number + 1, **_key(row.scope, row.name)
    )


def find_version(tx: Transaction, scope: Scope, name: str, version: int) -> str | None:
    """The record of a published version as JSON text, or None."""
    row = tx.one(
        f"SELECT configuration FROM lambda_versions WHERE {_KEY} AND version = :version",
        version=version,
        **_key(scope, name),
    )
    return None if row is None else row[0]


def list_versions(tx: Transaction, scope: Scope, name: str, after: int, limit: int) -> list[Configuration]:
    rows = tx.all(
        f"SELECT configuration FROM lambda_versions WHERE {_KEY} AND version > :after ORDER BY version LIMIT :limit",
        after=after,
        limit=limit,
        **_key(scope, name),
    )
    return [json.loads(row[0]) for row in rows]


def list_versions_on(tx: Transaction, scope: Scope, provider_arn: str) -> list[Configuration]:
    """The published versions that run on a capacity provider, by ARN."""
    rows = tx.all(
        "SELECT configuration FROM lambda_versions WHERE account = :account AND region = :region"
        " AND configuration LIKE :pattern ORDER BY name, version",
        account=scope.account,
        region=scope.region,
        pattern=f'%"CapacityProviderArn":"{provider_arn}"%',
    )
    return sorted((json.loads(row[0]) for row in rows), key=lambda each: str(each["FunctionArn"]))


def remove_version(tx: Transaction, scope: Scope, name: str, version: int) -> list[str]:
    """Remove a published version and return its package's hash."""
    for table in ("provisioned", "version_settings"):
        tx.run(
            f"DELETE FROM lambda_{table} WHERE {_KEY} AND qualifier = :version",
            version=str(version),
            **_key(scope, name),
        )
    tx.wake(PROVISIONED_TOPIC)
    rows = tx.all(
        f"DELETE FROM lambda_versions WHERE {_KEY} AND version = :version RETURNING code_sha256",
        version=version,
        **_key(scope, name),
    )
    return [row[0] for row in rows]


def require_configuration(tx: Transaction, reference: FunctionReference) -> Configuration:
    """The record that a reference means: $LATEST, a version, or an alias's version. Raises the AWS error."""
    row = require_function(tx, reference)
    qualifier = reference.qualifier
    if qualifier in ("", LATEST):
        return row.latest()
    if not qualifier.isdigit():
        alias = tx.one(
            f"SELECT version FROM lambda_aliases WHERE {_KEY} AND alias = :alias",
            alias=qualifier,
            **_key(reference.scope, reference.name),
        )
        if alias is None:
            raise function_not_found(reference.arn)
        qualifier = alias[0]
        if qualifier == LATEST:
            return row.latest()
    text = find_version(tx, reference.scope, reference.name, int(qualifier))
    if text is None:
        raise function_not_found(reference.arn)
    parsed: Configuration = json.loads(text)
    return parsed


def list_package_blobs(tx: Transaction) -> list[str]:
    """The keys of the blobs of all packages, of every account."""
    return [row[0] for row in tx.all("SELECT blob FROM lambda_packages")]


def unzipped_bytes(tx: Transaction, sha256: str) -> int:
    """How large a package is unpacked; 0 when that isn't known."""
    row = tx.one("SELECT unzipped_bytes FROM lambda_packages WHERE sha256 = :sha256", sha256=sha256)
    return int(row[0]) if row else 0


def append_package(tx: Transaction, sha256: str, blob: str, size_bytes: int, unzipped: int) -> bool:
    """Remember where a package is; False when its content is there already."""
    return bool(
        tx.run(
            "INSERT INTO lambda_packages (sha256, blob, size_bytes, unzipped_bytes)"
            " VALUES (:sha256, :blob, :size, :unzipped) ON CONFLICT DO NOTHING",
            sha256=sha256,
            blob=blob,
            size=size_bytes,
            unzipped=unzipped,
        )
    )


def find_package(tx: Transaction, sha256: str) -> str | None:
    """The key of the blob that holds a package."""
    row = tx.one("SELECT blob FROM lambda_packages WHERE sha256 = :sha256", sha256=sha256)
    return None if row is None else row[0]


def all_packages(tx: Transaction) -> set[str]:
    return {row[0] for row in tx.all("SELECT sha256 FROM lambda_packages")}


def remove_unused_packages(tx: Transaction, hashes: list[str]) -> list[str]:
    """Forget those of the packages that nothing refers to any more; return their blobs' keys."""
    blobs = []
    for sha256 in hashes:
        used = any(
            tx.one(f"SELECT 1 FROM lambda_{table} WHERE code_sha256 = :sha256 LIMIT 1", sha256=sha256)
            for table in ("functions", "versions", "layer_versions")
        )
        if not used:
            rows = tx.all("DELETE FROM lambda_packages WHERE sha256 = :sha256 RETURNING blob", sha256=sha256)
            blobs += [row[0] for row in rows]
    return blobs


def _text(configuration: Configuration) -> str:
    return json.dumps(configuration, separators=(",", ":"))
