"""ECR's repositories, their policies and tags; images there are none."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from serein.testing import Serein

POLICY = json.dumps(
    {"Version": "2012-10-17", "Statement": [], "Id": "A policy of a hundred letters: AWS wants as many."}
)


@pytest.fixture
def ecr(aws: Serein) -> Iterator[Any]:
    return aws.client("ecr")


def refused(code: str, message: str = "") -> Any:
    return pytest.raises(ClientError, match=rf"\({code}\).*{message}")


def test_a_repository_is_made_described_and_deleted(ecr: Any, aws: Serein) -> None:
    made = ecr.create_repository(repositoryName="team/app", tags=[{"Key": "a", "Value": "1"}])["repository"]
    assert made["repositoryArn"] == f"arn:aws:ecr:{aws.region}:{aws.account}:repository/team/app"
    assert made["repositoryUri"] == f"{aws.account}.dkr.ecr.{aws.region}.amazonaws.com/team/app"
    assert made["imageTagMutability"] == "MUTABLE"
    assert ecr.describe_repositories(repositoryNames=["team/app"])["repositories"] == [made]
    assert ecr.describe_repositories()["repositories"] == [made]
    with refused("RepositoryAlreadyExistsException", "'team/app' already exists in the registry"):
        ecr.create_repository(repositoryName="team/app")
    assert ecr.delete_repository(repositoryName="team/app", force=True)["repository"] == made
    with refused("RepositoryNotFoundException", f"'team/app' does not exist in the registry with id '{aws.account}'"):
        ecr.describe_repositories(repositoryNames=["team/app"])
    assert ecr.describe_repositories()["repositories"] == []


def test_names_are_checked(ecr: Any) -> None:
    with refused("InvalidParameterException", "repositoryName"):
        ecr.create_repository(repositoryName="Upper")


def test_repositories_come_in_pages(ecr: Any) -> None:
    for name in ("cc", "aa", "bb"):
        ecr.create_repository(repositoryName=name)
    pages = ecr.get_paginator("describe_repositories").paginate(PaginationConfig={"PageSize": 2})
    assert [[each["repositoryName"] for each in page["repositories"]] for page in pages] == [["aa", "bb"], ["cc"]]
    with refused("InvalidParameterException", "token"):
        ecr.describe_repositories(nextToken="x")


def test_another_accounts_registry_has_nothing(ecr: Any) -> None:
    ecr.create_repository(repositoryName="mine")
    assert ecr.describe_repositories(registryId="999999999999")["repositories"] == []
    with refused("RepositoryNotFoundException", "999999999999"):
        ecr.delete_repository(repositoryName="mine", registryId="999999999999")


@pytest.mark.parametrize(
    ("put", "get", "delete", "member", "missing"),
    [
        ("set_repository_policy", "get_repository_policy", "delete_repository_policy", "policyText", "Repository"),
        ("put_lifecycle_policy", "get_lifecycle_policy", "delete_lifecycle_policy", "lifecyclePolicyText", "Lifecycle"),
    ],
)
def test_a_repository_has_policies(ecr: Any, put: str, get: str, delete: str, member: str, missing: str) -> None:
    ecr.create_repository(repositoryName="app")
    with refused(f"{missing}PolicyNotFoundException", f"{missing} policy does not exist for the repository"):
        getattr(ecr, get)(repositoryName="app")
    assert getattr(ecr, put)(repositoryName="app", **{member: POLICY})[member] == POLICY
    assert getattr(ecr, get)(repositoryName="app")[member] == POLICY
    assert getattr(ecr, delete)(repositoryName="app")[member] == POLICY
    with refused(f"{missing}PolicyNotFoundException"):
        getattr(ecr, delete)(repositoryName="app")
    with refused("InvalidParameterException"):
        getattr(ecr, put)(repositoryName="app", **{member: "no JSON" * 20})
    with refused("RepositoryNotFoundException"):
        getattr(ecr, put)(repositoryName="gone", **{member: POLICY})


def test_settings_are_kept(ecr: Any) -> None:
    ecr.create_repository(repositoryName="app", imageTagMutability="IMMUTABLE")
    ecr.put_image_scanning_configuration(repositoryName="app", imageScanningConfiguration={"scanOnPush": True})
    found = ecr.describe_repositories()["repositories"][0]
    assert (found["imageTagMutability"], found["imageScanningConfiguration"]) == ("IMMUTABLE", {"scanOnPush": True})
    ecr.put_image_tag_mutability(repositoryName="app", imageTagMutability="MUTABLE")
    assert ecr.describe_repositories()["repositories"][0]["imageTagMutability"] == "MUTABLE"


def test_repositories_have_tags(ecr: Any) -> None:
    arn = ecr.create_repository(repositoryName="app", tags=[{"Key": "a", "Value": "1"}])["repository"]["repositoryArn"]
    ecr.tag_resource(resourceArn=arn, tags=[{"Key": "b", "Value": "2"}])
    ecr.untag_resource(resourceArn=arn, tagKeys=["a"])
    assert ecr.list_tags_for_resource(resourceArn=arn)["tags"] == [{"Key": "b", "Value": "2"}]
    with refused("TooManyTagsException"):
        ecr.tag_resource(resourceArn=arn, tags=[{"Key": str(number), "Value": ""} for number in range(50)])
    with refused("RepositoryNotFoundException"):
        ecr.list_tags_for_resource(resourceArn=f"{arn}s")
    with refused("InvalidParameterException"):
        ecr.list_tags_for_resource(resourceArn="arn:aws:ecr:us-east-1:1:other")


def test_a_stack_has_a_repository(aws: Serein, ecr: Any) -> None:
    cloudformation = aws.client("cloudformation")

    def template(**properties: Any) -> str:
        resources = {"R": {"Type": "AWS::ECR::Repository", "Properties": properties}}
        outputs = {"Uri": {"Value": {"Fn::GetAtt": ["R", "RepositoryUri"]}}}
        return json.dumps({"Resources": resources, "Outputs": outputs})

    cloudformation.create_stack(
        StackName="images",
        TemplateBody=template(
            ImageScanningConfiguration={"ScanOnPush": "true"}, RepositoryPolicyText=json.loads(POLICY)
        ),
    )
    aws.wait_until_idle()
    (made,) = ecr.describe_repositories()["repositories"]
    assert made["repositoryName"].startswith("images-r-")
    assert made["imageScanningConfiguration"] == {"scanOnPush": True}
    stack = cloudformation.describe_stacks(StackName="images")["Stacks"][0]
    assert stack["Outputs"][0]["OutputValue"] == made["repositoryUri"]
    lifecycle = {"LifecyclePolicyText": POLICY}
    cloudformation.update_stack(StackName="images", TemplateBody=template(LifecyclePolicy=lifecycle))
    aws.wait_until_idle()
    name = made["repositoryName"]
    assert ecr.get_lifecycle_policy(repositoryName=name)["lifecyclePolicyText"] == POLICY
    with refused("RepositoryPolicyNotFoundException"):
        ecr.get_repository_policy(repositoryName=name)
    cloudformation.delete_stack(StackName="images")
    aws.wait_until_idle()
    assert ecr.describe_repositories()["repositories"] == []
