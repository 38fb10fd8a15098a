"""Values for the parameters of templates that nobody here wrote: what fits the type, the pattern and the name."""

import re
from typing import Any

from botocore.exceptions import ClientError

_BY_TYPE = {
    "AWS::EC2::AvailabilityZone::Name": "us-east-1a",
    "AWS::EC2::Image::Id": "ami-12345678",
    "AWS::EC2::Instance::Id": "i-12345678",
    "AWS::EC2::KeyPair::KeyName": "key",
    "AWS::EC2::SecurityGroup::GroupName": "group",
    "AWS::EC2::SecurityGroup::Id": "sg-12345678",
    "AWS::EC2::Subnet::Id": "subnet-12345678",
    "AWS::EC2::VPC::Id": "vpc-12345678",
    "AWS::EC2::Volume::Id": "vol-12345678",
    "AWS::Route53::HostedZone::Id": "Z1234567890ABC",
}
_BY_NAME = (
    ("email", "someone@example.com"),
    ("rolearn", "arn:aws:iam::123456789012:role/some-role"),
    ("topic", "arn:aws:sns:us-east-1:123456789012:some-topic"),
    ("layer", "arn:aws:lambda:us-east-1:123456789012:layer:some-layer:1"),
    ("cert", "arn:aws:acm:us-east-1:123456789012:certificate/12345678-1234-1234-1234-123456789012"),
    ("secretarn", "arn:aws:secretsmanager:us-east-1:123456789012:secret:some-secret-abcdef"),
    ("subnet", "subnet-12345678"),
    ("securitygroup", "sg-12345678"),
    ("vpcid", "vpc-12345678"),
    ("account", "123456789012"),
    ("hostedzone", "Z1234567890ABC"),
    ("cidr", "10.0.0.0/16"),
    ("url", "https://example.com"),
    ("uri", "https://example.com"),
    ("endpoint", "https://example.com"),
    ("domain", "example.com"),
    ("phone", "+12065550100"),
    ("region", "us-east-1"),
    ("schedule", "rate(5 minutes)"),
    ("password", "Password-1234"),
    ("arn", "arn:aws:sqs:us-east-1:123456789012:some-queue"),
)
_TRIED = (
    "value",
    "value1",
    "Value1",
    "1",
    "12",
    "a-value",
    "123456789012",
    "someone@example.com",
    "https://example.com",
    "https://example.com/path/",
    "example.com",
    "10.0.0.0/16",
    "10.0.0.1",
    "us-east-1",
    "vpc-12345678",
    "subnet-12345678",
    "arn:aws:iam::123456789012:role/some-role",
    "Password-1234",
    "+12065550100",
    "abcdefgh12345678",
    "12345678-1234-1234-1234-123456789012",
    "rate(5 minutes)",
    "key/",
    "/path",
    "v1.0.0",
)
_SSM = "AWS::SSM::Parameter::Value<"


def values_for(template: dict[str, Any], name: str, ssm: Any) -> dict[str, str]:
    """A value of each parameter without a default; what SSM parameters name is put where it is missing."""
    values = {}
    for key, spec in (template.get("Parameters") or {}).items():
        if not isinstance(spec, dict):
            continue
        kind = str(spec.get("Type", "String"))
        if kind.startswith(_SSM):
            values[key] = _ssm_parameter(ssm, str(spec.get("Default", f"/some/{key}")), kind, key, spec, name)
        elif "Default" not in spec:
            values[key] = _value(key, kind, spec, name)
    return values


def _ssm_parameter(ssm: Any, path: str, kind: str, key: str, spec: dict[str, Any], name: str) -> str:
    try:
        ssm.get_parameter(Name=path)
    except ClientError:
        bare = {member: spec[member] for member in spec if not member.startswith("Allowed")}
        value = _value(key, kind.removeprefix(_SSM).rstrip(">"), bare, name)
        # Why not always: only AWS puts parameters under /aws.
        if not path.startswith(("/aws", "aws")):
            ssm.put_parameter(Name=path, Value=value, Type="String", Overwrite=True)
    return path


def _value(key: str, kind: str, spec: dict[str, Any], name: str) -> str:
    if spec.get("AllowedValues"):
        return _text(spec["AllowedValues"][0])
    if kind == "Number":
        return str(spec.get("MinValue", spec.get("MaxValue", 1)))
    if kind.startswith("List<"):
        inner = kind.removeprefix("List<").rstrip(">")
        value = "1" if inner == "Number" else _BY_TYPE.get(inner, "value")
        return f"{value},{value[:-1]}9"
    if kind in _BY_TYPE:
        return _BY_TYPE[kind]
    return _matching(key, spec, name)


def _matching(key: str, spec: dict[str, Any], name: str) -> str:
    lowered = key.lower()
    own = f"{name}-{lowered}"[:60] if "bucket" in lowered or "name" in lowered else ""
    named = [value for part, value in _BY_NAME if part in lowered]
    shortest, longest = int(spec.get("MinLength", 0)), int(spec.get("MaxLength", 10_000))
    candidates = [*named, own, *_TRIED] if own else [*named, *_TRIED]
    for candidate in candidates:
        padded = candidate.ljust(shortest, "a")
        if len(padded) <= longest and _fits(str(spec.get("AllowedPattern", "")), padded):
            return padded
    return "value"


def _fits(pattern: str, value: str) -> bool:
    try:
        return not pattern or re.fullmatch(pattern, value) is not None
    except re.error:
        return True


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
