"""Partial batch responses: AWS's table of what counts as success and as failure."""

import pytest

from serein.services.lambda_.batch_responses import InvalidReport, parse_failures


@pytest.mark.parametrize(
    "payload", [b"", b"null", b"{}", b'{"batchItemFailures": []}', b'{"batchItemFailures": null}', b'{"other": 1}']
)
def test_replies_without_failures_are_success(payload: bytes) -> None:
    assert parse_failures(payload, {"a", "b"}) == set()


def test_named_records_have_failed() -> None:
    payload = b'{"batchItemFailures": [{"itemIdentifier": "a"}, {"itemIdentifier": "a"}]}'
    assert parse_failures(payload, {"a", "b"}) == {"a"}


@pytest.mark.parametrize(
    "payload",
    [
        b"not json",
        b'"text"',
        b'{"batchItemFailures": "a"}',
        b'{"batchItemFailures": ["a"]}',
        b'{"batchItemFailures": [{"itemIdentifier": ""}]}',
        b'{"batchItemFailures": [{"itemIdentifier": null}]}',
        b'{"batchItemFailures": [{"ItemIdentifier": "a"}]}',
        b'{"batchItemFailures": [{"itemIdentifier": "unknown"}]}',
    ],
)
def test_reports_that_make_no_sense_fail_the_batch(payload: bytes) -> None:
    with pytest.raises(InvalidReport):
        parse_failures(payload, {"a", "b"})
