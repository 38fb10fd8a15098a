"""A server with `--strict-runtimes on`: what AWS no longer offers can't be chosen."""

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from aws.lambda_.conftest import package
from serein.testing import Serein, ServerProcess


@pytest.fixture(scope="module")
def functions(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    server = ServerProcess(tmp_path_factory.mktemp("strict"), {"strict_runtimes": "on"})
    yield Serein(server.endpoint, "000000000000").client("lambda")
    server.stop()


def request_of(runtime: str) -> dict[str, Any]:
    role = "arn:aws:iam::000000000000:role/r"
    code = {"ZipFile": package()}
    return {"FunctionName": "f", "Runtime": runtime, "Role": role, "Handler": "app.handler", "Code": code}


def test_runtimes_that_aws_has_given_up_are_refused(functions: Any) -> None:
    functions.create_function(**request_of("python3.13"))
    for runtime in ("python3.7", "nodejs14.x", "provided"):
        told = []
        for change in (
            lambda runtime=runtime: functions.create_function(**request_of(runtime)),
            lambda runtime=runtime: functions.update_function_configuration(FunctionName="f", Runtime=runtime),
        ):
            with pytest.raises(ClientError) as refused:
                change()
            told.append(refused.value.response["Error"])
        assert told == 2 * [
            {
                "Code": "InvalidParameterValueException",
                "Message": f"The runtime parameter of {runtime} is no longer supported for creating or updating AWS "
                "Lambda functions. We recommend you use a supported runtime while creating or updating functions.",
            }
        ]
