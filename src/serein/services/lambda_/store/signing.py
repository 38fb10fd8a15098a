"""Rows of code signing configurations, and which functions use them."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from serein.kernel.database import Row, Transaction
from serein.kernel.errors import AwsError
from serein.kernel.scope import Scope
from serein.services.lambda_.errors import CodeSigningConfigNotFoundException, ResourceNotFoundException
from serein.services.lambda_.names import FunctionReference, function_arn
from serein.services.lambda_.store import version_settings

KIND = "signing"


@dataclass(frozen=True, slots=True)
class SigningConfig:
    """A code signing configuration as the API shows it, and its tags."""

    arn: str
    config: dict[str, Any]
    tags: dict[str, str]


def for_itself(arn: str) -> AwsError:
    """What is said of a missing configuration that a request is about."""
    return ResourceNotFoundException(f"The Lambda code signing configuration {arn} can not be found.")


def for_function(arn: str) -> AwsError:
    """What is said of a missing configuration that a function is to use."""
    return CodeSigningConfigNotFoundException(
        f"The code signing configuration cannot be found. Check that the provided configuration is not deleted: {arn}.",
        Type="User",
    )


def _config(row: Row) -> SigningConfig:
    return SigningConfig(row[0], json.loads(row[1]), json.loads(row[2]))


def require_config(tx: Transaction, arn: str, missing: Callable[[str], AwsError] = for_itself) -> SigningConfig:
    """The configuration. Raises what `missing` makes of its ARN."""
    row = tx.one("SELECT arn, config, tags FROM lambda_signing_configs WHERE arn = :arn", arn=arn)
    if row is None:
        raise missing(arn)
    return _config(row)


def put_config(tx: Transaction, scope: Scope, config: SigningConfig) -> None:
    tx.run(
        "INSERT INTO lambda_signing_configs (arn, account, region, config, tags)"
        " VALUES (:arn, :account, :region, :config, :tags)"
        " ON CONFLICT (arn) DO UPDATE SET config = excluded.config, tags = excluded.tags",
        arn=config.arn,
        account=scope.account,
        region=scope.region,
        config=json.dumps(config.config),
        tags=json.dumps(config.tags),
    )


def remove_config(tx: Transaction, arn: str) -> None:
    tx.run("DELETE FROM lambda_signing_configs WHERE arn = :arn", arn=arn)


def list_configs(tx: Transaction, scope: Scope, after: str, limit: int) -> list[SigningConfig]:
    rows = tx.all(
        "SELECT arn, config, tags FROM lambda_signing_configs WHERE account = :account AND region = :region"
        " AND arn > :after ORDER BY arn LIMIT :limit",
        account=scope.account,
        region=scope.region,
        after=after,
        limit=limit,
    )
    return [_config(row) for row in rows]


def associate(tx: Transaction, function: FunctionReference, arn: str) -> None:
    """Have a function use a configuration."""
    version_settings.put_setting(tx, function, KIND, arn)


def find_association(tx: Transaction, function: FunctionReference) -> str | None:
    """The ARN of the configuration that a function uses."""
    return version_settings.find_setting(tx, function, KIND)


def dissociate(tx: Transaction, function: FunctionReference) -> None:
    version_settings.remove_setting(tx, function, KIND)


def list_functions(tx: Transaction, scope: Scope, arn: str, after: str, limit: int) -> list[str]:
    """The ARNs of the functions that use a configuration, by name."""
    names = version_settings.names_with(tx, scope, KIND, arn, after, limit)
    return [function_arn(scope, name) for name in names]
