"""S3's CloudFormation types, and websites."""

import json
import urllib.error
import urllib.request

import pytest
from botocore.exceptions import ClientError

TEMPLATE = {
    "Resources": {
        "Queue": {"Type": "AWS::SQS::Queue"},
        "Bucket": {
            "Type": "AWS::S3::Bucket",
            "Properties": {
                "BucketName": {"Ref": "Name"},
                "VersioningConfiguration": {"Status": "Enabled"},
                "BucketEncryption": {
                    "ServerSideEncryptionConfiguration": [
                        {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}, "BucketKeyEnabled": "true"}
                    ]
                },
                "PublicAccessBlockConfiguration": {"BlockPublicAcls": "true", "BlockPublicPolicy": False},
                "CorsConfiguration": {
                    "CorsRules": [
                        {
                            "Id": "r",
                            "AllowedMethods": ["GET"],
                            "AllowedOrigins": ["*"],
                            "MaxAge": "60",
                            "ExposedHeaders": ["ETag"],
                        }
                    ]
                },
                "LifecycleConfiguration": {
                    "Rules": [
                        {
                            "Id": "old",
                            "Status": "Enabled",
                            "Prefix": "tmp/",
                            "ExpirationInDays": 7,
                            "NoncurrentVersionExpiration": {"NoncurrentDays": "3"},
                            "TagFilters": [{"Key": "a", "Value": "b"}],
                        }
                    ]
                },
                "NotificationConfiguration": {
                    "QueueConfigurations": [
                        {
                            "Event": "s3:ObjectCreated:*",
                            "Queue": {"Fn::GetAtt": ["Queue", "Arn"]},
                            "Filter": {"S3Key": {"Rules": [{"Name": "prefix", "Value": "in/"}]}},
                        }
                    ]
                },
                "Tags": [{"Key": "team", "Value": "rain"}],
                "WebsiteConfiguration": {"IndexDocument": "index.html", "ErrorDocument": "error.html"},
            },
        },
        "Policy": {
            "Type": "AWS::S3::BucketPolicy",
            "Properties": {
                "Bucket": {"Ref": "Bucket"},
                "PolicyDocument": {
                    "Statement": [
                        {
                            "Effect": "Allow",
                            "Principal": "*",
                            "Action": "s3:GetObject",
                            "Resource": {"Fn::Sub": "${Bucket.Arn}/*"},
                        }
                    ]
                },
            },
        },
    },
    "Parameters": {"Name": {"Type": "String"}},
    "Outputs": {
        "Arn": {"Value": {"Fn::GetAtt": ["Bucket", "Arn"]}},
        "Domain": {"Value": {"Fn::GetAtt": ["Bucket", "DomainName"]}},
        "Regional": {"Value": {"Fn::GetAtt": ["Bucket", "RegionalDomainName"]}},
        "Website": {"Value": {"Fn::GetAtt": ["Bucket", "WebsiteURL"]}},
        "Name": {"Value": {"Ref": "Bucket"}},
    },
}


def test_a_stack_makes_changes_and_deletes_a_bucket(aws, s3) -> None:
    cloudformation = aws.client("cloudformation")
    name = aws.unique("stack")
    parameters = [{"ParameterKey": "Name", "ParameterValue": name}]
    cloudformation.create_stack(StackName="s", TemplateBody=json.dumps(TEMPLATE), Parameters=parameters)
    aws.idle()
    (stack,) = cloudformation.describe_stacks(StackName="s")["Stacks"]
    assert stack["StackStatus"] == "CREATE_COMPLETE", cloudformation.describe_stack_events(StackName="s")
    outputs = {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
    assert outputs == {
        "Arn": f"arn:aws:s3:::{name}",
        "Domain": f"{name}.s3.amazonaws.com",
        "Regional": f"{name}.s3.us-east-1.amazonaws.com",
        "Website": f"http://{name}.s3-website-us-east-1.amazonaws.com",
        "Name": name,
    }
    assert s3.get_bucket_versioning(Bucket=name)["Status"] == "Enabled"
    assert s3.put_object(Bucket=name, Key="k", Body=b"x")["ServerSideEncryption"] == "aws:kms"
    assert s3.get_bucket_cors(Bucket=name)["CORSRules"][0]["MaxAgeSeconds"] == 60
    (rule,) = s3.get_bucket_lifecycle_configuration(Bucket=name)["Rules"]
    assert rule["Filter"]["And"] == {"Prefix": "tmp/", "Tags": [{"Key": "a", "Value": "b"}]}
    assert rule["Expiration"] == {"Days": 7}
    (entry,) = s3.get_bucket_notification_configuration(Bucket=name)["QueueConfigurations"]
    assert entry["QueueArn"].startswith("arn:aws:sqs:")
    tags = {tag["Key"]: tag["Value"] for tag in s3.get_bucket_tagging(Bucket=name)["TagSet"]}
    assert tags["team"] == "rain"
    assert tags["aws:cloudformation:logical-id"] == "Bucket"
    assert json.loads(s3.get_bucket_policy(Bucket=name)["Policy"])["Statement"][0]["Resource"].endswith(f"{name}/*")

    changed = json.loads(json.dumps(TEMPLATE))
    properties = changed["Resources"]["Bucket"]["Properties"]
    del properties["CorsConfiguration"], properties["NotificationConfiguration"], properties["VersioningConfiguration"]
    cloudformation.update_stack(StackName="s", TemplateBody=json.dumps(changed), Parameters=parameters)
    aws.idle()
    (stack,) = cloudformation.describe_stacks(StackName="s")["Stacks"]
    assert stack["StackStatus"] == "UPDATE_COMPLETE"
    with pytest.raises(ClientError):
        s3.get_bucket_cors(Bucket=name)
    assert "QueueConfigurations" not in s3.get_bucket_notification_configuration(Bucket=name)
    assert s3.get_bucket_versioning(Bucket=name)["Status"] == "Suspended"

    for version in s3.list_object_versions(Bucket=name)["Versions"]:
        s3.delete_object(Bucket=name, Key=version["Key"], VersionId=version["VersionId"])
    cloudformation.delete_stack(StackName="s")
    aws.idle()
    assert s3.list_buckets()["Buckets"] == []


def test_a_bucket_with_objects_keeps_its_stack_from_being_deleted(aws, s3) -> None:
    cloudformation = aws.client("cloudformation")
    template = {"Resources": {"MyBucket": {"Type": "AWS::S3::Bucket"}}}
    cloudformation.create_stack(StackName="Held", TemplateBody=json.dumps(template))
    aws.idle()
    (bucket,) = s3.list_buckets()["Buckets"]
    assert bucket["Name"].startswith("held-mybucket-")
    s3.put_object(Bucket=bucket["Name"], Key="k", Body=b"x")
    cloudformation.delete_stack(StackName="Held")
    aws.idle()
    assert cloudformation.describe_stacks(StackName="Held")["Stacks"][0]["StackStatus"] == "DELETE_FAILED"


def website(aws, bucket: str, path: str) -> tuple[int, bytes, str]:
    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *_: object) -> None:
            return None

    request = urllib.request.Request(f"{aws.endpoint}{path}", headers={"Host": f"{bucket}.s3-website.localhost"})
    try:
        with urllib.request.build_opener(Stay).open(request) as reply:
            return reply.status, reply.read(), reply.headers.get("content-type", "")
    except urllib.error.HTTPError as error:
        return error.code, error.read(), error.headers.get("location", "")


def test_a_website_serves_index_and_error_documents(aws, s3, bucket) -> None:
    status, body, _ = website(aws, bucket, "/")
    assert (status, b"NoSuchWebsiteConfiguration" in body) == (404, True)
    configuration = {"IndexDocument": {"Suffix": "index.html"}, "ErrorDocument": {"Key": "error.html"}}
    s3.put_bucket_website(Bucket=bucket, WebsiteConfiguration=configuration)
    for key, content in (("index.html", b"home"), ("docs/index.html", b"docs"), ("big.bin", b"x" * 200_000)):
        s3.put_object(Bucket=bucket, Key=key, Body=content, ContentType="text/html")
    assert website(aws, bucket, "/") == (200, b"home", "text/html")
    assert website(aws, bucket, "/docs/")[1] == b"docs"
    assert website(aws, bucket, "/docs")[::2] == (302, "/docs/")
    assert website(aws, bucket, "/big.bin")[1] == b"x" * 200_000
    status, body, _ = website(aws, bucket, "/none")
    assert (status, b"NoSuchKey" in body) == (404, True)
    s3.put_object(Bucket=bucket, Key="error.html", Body=b"oops", ContentType="text/html")
    assert website(aws, bucket, "/none")[:2] == (404, b"oops")
