"""A client and a bucket for each test."""

import pytest


@pytest.fixture
def s3(aws):
    return aws.client("s3")


@pytest.fixture
def bucket(aws, s3) -> str:
    name = aws.unique("bucket")
    s3.create_bucket(Bucket=name)
    return name
