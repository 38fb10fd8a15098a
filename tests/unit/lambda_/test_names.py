"""Functions by name, partial ARN and ARN."""

import pytest

from serein.kernel.errors import AwsError
from serein.kernel.scope import Scope
from serein.services.lambda_.names import FunctionReference, parse_layer, parse_reference

SCOPE = Scope("111122223333", "us-east-1")
OTHER = Scope("444455556666", "us-east-1")


@pytest.mark.parametrize(
    ("text", "qualifier", "expected"),
    [
        ("f", "", FunctionReference(SCOPE, "f")),
        ("f:live", "", FunctionReference(SCOPE, "f", "live")),
        ("f", "2", FunctionReference(SCOPE, "f", "2")),
        ("f:2", "2", FunctionReference(SCOPE, "f", "2")),
        ("f:$LATEST", "", FunctionReference(SCOPE, "f", "$LATEST")),
        ("444455556666:function:f", "", FunctionReference(OTHER, "f")),
        ("arn:aws:lambda:us-east-1:444455556666:function:f:live", "", FunctionReference(OTHER, "f", "live")),
        ("function:f", "", FunctionReference(SCOPE, "f")),
    ],
)
def test_every_form_of_name_is_understood(text: str, qualifier: str, expected: FunctionReference) -> None:
    assert parse_reference(SCOPE, text, qualifier) == expected


@pytest.mark.parametrize(
    ("text", "qualifier", "code", "message"),
    [
        ("f:1", "2", "InvalidParameterValueException", "does not match the specified qualifier"),
        ("a b", "", "ValidationException", "failed to satisfy constraint"),
        (
            "arn:aws:lambda:eu-west-1:111122223333:function:f",
            "",
            "ResourceNotFoundException",
            "Functions from 'eu-west-1' are not reachable in this region ('us-east-1')",
        ),
    ],
)
def test_names_that_mean_nothing_are_refused(text: str, qualifier: str, code: str, message: str) -> None:
    with pytest.raises(AwsError) as error:
        parse_reference(SCOPE, text, qualifier)
    assert error.value.code == code
    assert message in error.value.message


def test_layers_are_named_like_functions() -> None:
    assert parse_layer(SCOPE, "l", 3).arn == "arn:aws:lambda:us-east-1:111122223333:layer:l:3"
    assert parse_layer(SCOPE, "arn:aws:lambda:us-east-1:444455556666:layer:l:7").version == 7
    with pytest.raises(AwsError):
        parse_layer(SCOPE, "arn:aws:lambda:us-east-1:444455556666:function:l")
