"""Places for invocations: reserved by functions, and shared by the rest of an account."""

import concurrent.futures
import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

WAITS = "import time\ndef handler(event, context):\n    time.sleep(event)\n"


def test_invocations_beyond_the_reserved_places_are_turned_away(
    aws: Any, functions: Any, create: Callable[..., Any]
) -> None:
    create(WAITS, Timeout=20)
    functions.put_function_concurrency(FunctionName="f", ReservedConcurrentExecutions=1)
    client = aws.client("lambda")

    def invoke(seconds: float) -> Any:
        try:
            return client.invoke(FunctionName="f", Payload=json.dumps(seconds))["StatusCode"]
        except ClientError as error:
            return error.response

    with concurrent.futures.ThreadPoolExecutor(6) as threads:
        answers = list(threads.map(invoke, [0.5] * 6))
    refused = [answer for answer in answers if answer != 200]
    assert 1 <= len(refused) <= 5
    for answer in refused:
        assert answer["Error"] == {"Code": "TooManyRequestsException", "Message": "Rate Exceeded."}
        assert answer["Reason"] == "ReservedFunctionConcurrentInvocationLimitExceeded"
        assert answer["ResponseMetadata"]["HTTPHeaders"]["retry-after"] == "1"
    assert invoke(0) == 200


def test_reserved_places_are_put_read_and_given_back(functions: Any, create: Callable[..., Any]) -> None:
    create()
    assert "ReservedConcurrentExecutions" not in functions.get_function_concurrency(FunctionName="f")
    put = functions.put_function_concurrency(FunctionName="f", ReservedConcurrentExecutions=300)
    assert put["ReservedConcurrentExecutions"] == 300
    assert functions.get_function_concurrency(FunctionName="f")["ReservedConcurrentExecutions"] == 300
    limit = functions.get_account_settings()["AccountLimit"]
    assert (limit["ConcurrentExecutions"], limit["UnreservedConcurrentExecutions"]) == (1000, 700)
    create(name="g")
    with pytest.raises(ClientError) as error:
        functions.put_function_concurrency(FunctionName="g", ReservedConcurrentExecutions=601)
    assert "Type" not in error.value.response
    assert error.value.response["Error"] == {
        "Code": "InvalidParameterValueException",
        "Message": "Specified ReservedConcurrentExecutions for function decreases account's "
        "UnreservedConcurrentExecution below its minimum value of [100].",
    }
    functions.put_function_concurrency(FunctionName="g", ReservedConcurrentExecutions=600)
    functions.delete_function_concurrency(FunctionName="f")
    assert functions.get_account_settings()["AccountLimit"]["UnreservedConcurrentExecutions"] == 400
    for ask in (functions.get_function_concurrency, functions.delete_function_concurrency):
        with pytest.raises(functions.exceptions.ResourceNotFoundException):
            ask(FunctionName="none")


def test_only_whole_functions_that_are_there_reserve_places(
    aws: Any, functions: Any, create: Callable[..., Any]
) -> None:
    put = functions.put_function_concurrency
    with pytest.raises(functions.exceptions.ResourceNotFoundException) as missing:
        put(FunctionName="f", ReservedConcurrentExecutions=1)
    arn = f"arn:aws:lambda:us-east-1:{aws.account}:function:f"
    assert missing.value.response["Error"]["Message"] == f"Function not found: {arn}:$LATEST"
    create()
    for named in (f"{arn}:$LATEST", f"{arn}:1", "f:live"):
        with pytest.raises(functions.exceptions.InvalidParameterValueException) as refused:
            put(FunctionName=named, ReservedConcurrentExecutions=1)
        assert refused.value.response["Error"]["Message"] == (
            "This operation is permitted on Lambda functions only. Aliases and versions do not support this operation. "
            "Please specify either a function name or an unqualified function ARN."
        )
