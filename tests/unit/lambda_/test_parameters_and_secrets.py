"""The Parameters and Secrets extension: a function's settings, and the calls that its requests mean."""

import pytest

from serein.services.lambda_.parameters_and_secrets import parameter_request, parse_settings, secret_request

PARAMETERS, SECRETS = "/systemsmanager/parameters/get", "/secretsmanager/get"


def test_without_variables_a_thousand_answers_are_kept_for_five_minutes() -> None:
    settings = parse_settings({})
    assert settings.size == 1000
    assert settings.seconds == {PARAMETERS: 300, SECRETS: 300}


def test_variables_say_how_long_answers_are_kept() -> None:
    settings = parse_settings({"SSM_PARAMETER_STORE_TTL": "0", "SECRETS_MANAGER_TTL": "20"})
    assert settings.seconds == {PARAMETERS: 0, SECRETS: 20}


@pytest.mark.parametrize("text", ["", "-1", "301", "soon", "²"])
def test_what_is_no_time_is_the_default(text: str) -> None:
    assert parse_settings({"SECRETS_MANAGER_TTL": text}).seconds[SECRETS] == 300


@pytest.mark.parametrize(("enabled", "size"), [("TRUE", 5), ("true", 5), ("FALSE", 0), ("false", 0)])
def test_the_cache_can_be_turned_off(enabled: str, size: int) -> None:
    variables = {
        "PARAMETERS_SECRETS_EXTENSION_CACHE_ENABLED": enabled,
        "PARAMETERS_SECRETS_EXTENSION_CACHE_SIZE": "5",
    }
    assert parse_settings(variables).size == size


@pytest.mark.parametrize(
    ("asked", "request_"),
    [
        ({"name": "/a"}, {"Name": "/a"}),
        ({"name": "/a", "version": "2"}, {"Name": "/a:2"}),
        ({"name": "/a", "label": "prod"}, {"Name": "/a:prod"}),
        ({"name": "/a", "withDecryption": "true"}, {"Name": "/a", "WithDecryption": True}),
        ({"name": "/a", "withDecryption": "false"}, {"Name": "/a"}),
    ],
)
def test_a_request_for_a_parameter(asked: dict[str, str], request_: dict[str, object]) -> None:
    assert parameter_request(asked) == request_


def test_a_request_for_a_secret() -> None:
    asked = {"secretId": "s", "versionId": "v", "versionStage": "AWSPENDING", "other": "x"}
    assert secret_request(asked) == {"SecretId": "s", "VersionId": "v", "VersionStage": "AWSPENDING"}
    assert secret_request({"secretId": "s"}) == {"SecretId": "s"}
