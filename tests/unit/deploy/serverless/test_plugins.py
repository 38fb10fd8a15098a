"""Plugins of the framework whose effect is built in, and what is said of settings without any."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from serein.deploy.errors import TemplateInvalid
from serein.deploy.serverless.compilation import Compiled

Compile = Callable[..., Compiled]
Of = Callable[..., dict[str, Any]]


def service(plugins: str, rest: str = "", provider: str = "", settings: str = "") -> str:
    return (
        f"service: shop\nplugins: [{plugins}]\nprovider: {{name: aws, runtime: python3.12{provider}}}\n"
        f"functions: {{f: {{handler: a.b{settings}}}}}\n{rest}"
    )


def metadata(resources: Of, *given: Any, **more: Any) -> dict[str, Any]:
    found: dict[str, Any] = resources(service(*given, **more))["FLambdaFunction"]["Metadata"]
    return found


def test_python_requirements_are_those_of_its_options(resources: Of) -> None:
    options = (
        "fileName: needs.txt, noDeploy: [boto3], slim: true, slimPatterns: ['**/tests'], pipCmdExtraArgs: ['-i x'],"
        " vendor: lib, usePipenv: false, zip: true, poetryWithGroups: [a, b]"
    )
    found = metadata(resources, "serverless-python-requirements", f"custom: {{pythonRequirements: {{{options}}}}}")
    assert found["serein:wanted"] == {
        "file": "needs.txt",
        "locks": ("poetry", "uv"),
        "groups": ("--with=a,b",),
        "omitted": ("boto3",),
        "pip_arguments": ("-i", "x"),
        "without": ("**/*.py[co]", "**/__pycache__*/**", "**/*.dist-info*/**", "**/tests", "**/tests/**"),
        "strips": True,
        "vendored": "lib",
        "is_zipped": True,
    }
    assert list(found["serein:files"]) == ["unzip_requirements.py"]


def test_python_requirements_may_go_into_a_layer(resources: Of) -> None:
    text = service(
        "serverless-python-requirements",
        "custom: {pythonRequirements: {layer: true}}",
        settings=", layers: [!Ref PythonRequirementsLambdaLayer]",
    )
    made = resources(text)
    layer = made["PythonRequirementsLambdaLayer"]
    assert layer["Properties"]["LayerName"] == "shop-dev-python-requirements"
    assert layer["Properties"]["CompatibleRuntimes"] == ["python3.12"]
    assert layer["Metadata"]["BuildMethod"] == "python3.12"
    assert layer["Metadata"]["serein:wanted"]["file"] == "requirements.txt"
    assert made["FLambdaFunction"]["Metadata"]["serein:wanted"]["file"] == ""


def test_a_function_packaged_individually_is_the_content_of_its_module(resources: Of) -> None:
    rest, module = "package: {individually: true, patterns: ['!one/x']}", ", module: one"
    made = resources(service("serverless-python-requirements", rest, settings=module))["FLambdaFunction"]
    assert made["Properties"]["Code"] == "one"
    assert made["Metadata"]["serein:within"] == "one/"
    made = resources(service("serverless-python-requirements", settings=module))["FLambdaFunction"]
    assert made["Properties"]["Code"] == "."


def test_options_without_effect_are_named_and_what_is_off_is_not(compiled: Compile) -> None:
    options = "{dockerizePip: true, useDownloadCache: true, useStaticCache: false, other: 1}"
    made = compiled(service("serverless-python-requirements", f"custom: {{pythonRequirements: {options}}}"))
    assert made.warnings == [
        "custom.pythonRequirements.dockerizePip has no effect: packages are installed for this machine, which runs "
        "them, without Docker.",
        "custom.pythonRequirements.useDownloadCache has no effect: what was installed is kept in .serein.",
        "custom.pythonRequirements.other has no effect here.",
    ]


def test_wsgi_applications_have_their_handler_in_the_package(resources: Of) -> None:
    rest = "custom: {wsgi: {app: api.app, textMimeTypes: [a/b]}}"
    made = resources(service("serverless-wsgi", rest).replace("a.b", "wsgi.handler", 1))["FLambdaFunction"]
    assert made["Properties"]["Handler"] == "wsgi_handler.handler"
    files = made["Metadata"]["serein:files"]
    assert sorted(files) == [".serverless-wsgi", "serverless_wsgi.py", "wsgi_handler.py"]
    assert json.loads(files[".serverless-wsgi"]) == {"app": "api.app", "text_mime_types": ["a/b"]}


def test_a_wsgi_function_without_an_application_is_refused(compiled: Compile) -> None:
    with pytest.raises(TemplateInvalid, match=r"custom\.wsgi\.app"):
        compiled(service("serverless-wsgi").replace("a.b", "wsgi_handler.handler"))


QUEUE = "constructs: {jobs: {type: queue, worker: {handler: w.run, timeout: 10}%s}}"


def test_a_lift_queue_has_its_worker_and_its_dead_letters(resources: Of) -> None:
    rest = QUEUE % ", maxRetries: 5, batchSize: 2, delay: 3, alarm: a@b.c"
    made = resources(service("serverless-lift", rest, provider=", environment: {Q: '${construct:jobs.queueUrl}'}"))
    queue, dead = made["jobsQueueCEDBAE3E"]["Properties"], made["jobsDlqD18CF374"]["Properties"]
    assert queue["QueueName"] == "shop-dev-jobs"
    assert (queue["VisibilityTimeout"], queue["DelaySeconds"], queue["RedrivePolicy"]["maxReceiveCount"]) == (60, 3, 5)
    assert dead == {"QueueName": "shop-dev-jobs-dlq", "MessageRetentionPeriod": 1209600}
    mapping = next(each for each in made.values() if each["Type"] == "AWS::Lambda::EventSourceMapping")["Properties"]
    assert mapping["BatchSize"] == 2
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert made["JobsWorkerLambdaFunction"]["Properties"]["Handler"] == "w.run"
    assert made["FLambdaFunction"]["Properties"]["Environment"]["Variables"] == {"Q": {"Ref": "jobsQueueCEDBAE3E"}}
    statements = made["IamRoleLambdaExecution"]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"]
    assert ["sqs:SendMessage", "sqs:ChangeMessageVisibility"] in [each["Action"] for each in statements]
    kinds = {each["Type"] for each in made.values()}
    assert {"AWS::CloudWatch::Alarm", "AWS::SNS::Topic", "AWS::SNS::Subscription"} <= kinds


@pytest.mark.parametrize(
    ("more", "members"),
    [
        (", fifo: true", {"QueueName": "shop-dev-jobs.fifo", "FifoQueue": True, "ContentBasedDeduplication": True}),
        (", encryption: kmsManaged", {"KmsMasterKeyId": "alias/aws/sqs"}),
        (", extensions: {queue: {Properties: {MaximumMessageSize: 1024}}}", {"MaximumMessageSize": 1024}),
    ],
)
def test_lift_queues_have_options(resources: Of, more: str, members: dict[str, Any]) -> None:
    found = resources(service("serverless-lift", QUEUE % more))["jobsQueueCEDBAE3E"]["Properties"]
    assert members.items() <= found.items()


def test_a_lift_storage_is_a_bucket(compiled: Compile) -> None:
    rest = "constructs: {avatars: {type: storage, publicPath: /open/, cors: '*', lifecycleRules: [{prefix: x}]}}"
    template = compiled(service("serverless-lift", rest)).template
    bucket = template["Resources"]["avatarsBucket9C01FB71"]
    assert bucket["DeletionPolicy"] == "Retain"
    properties = bucket["Properties"]
    assert properties["PublicAccessBlockConfiguration"]["BlockPublicPolicy"] is False
    assert properties["CorsConfiguration"]["CorsRules"][0]["AllowedOrigins"] == ["*"]
    assert properties["LifecycleConfiguration"]["Rules"][-1] == {"Status": "Enabled", "Prefix": "x"}
    policies = [
        each["Properties"] for each in template["Resources"].values() if each["Type"] == "AWS::S3::BucketPolicy"
    ]
    statements = [each for policy in policies for each in policy["PolicyDocument"]["Statement"]]
    open_to_all = {"Fn::Join": ["", [{"Fn::GetAtt": ["avatarsBucket9C01FB71", "Arn"]}, "/open/*"]]}
    assert open_to_all in [each["Resource"] for each in statements]
    assert {"Ref": "avatarsBucket9C01FB71"} in [output["Value"] for output in template["Outputs"].values()]


@pytest.mark.parametrize(
    ("constructs", "message"),
    [
        ("{site: {type: static-website, path: x}}", "site is a static-website, which is not made here"),
        ("{jobs: {type: queue}}", "a queue without a worker"),
        ("{jobs: {type: queue, worker: gone}}", "its worker gone"),
        ("{jobs: {type: queue, worker: f, colour: red}}", "has colour, which a queue hasn't"),
        ("{jobs: {type: queue, worker: f, encryption: x}}", "encryption"),
        ("{files: {type: storage, extensions: {queue: {}}}}", "extensions names queue"),
    ],
)
def test_constructs_that_can_not_be_made_are_refused(compiled: Compile, constructs: str, message: str) -> None:
    with pytest.raises(TemplateInvalid, match=message):
        compiled(service("serverless-lift", f"constructs: {constructs}"))


def test_a_custom_domain_is_made_with_its_mapping(compiled: Compile) -> None:
    domain = "{domainName: api.example.com, basePath: shop, hostedZoneId: Z, createRoute53Record: true}"
    text = service(
        "serverless-domain-manager", f"custom: {{customDomain: {domain}}}", settings=", events: [http: GET /x]"
    )
    made = compiled(text)
    resources = made.template["Resources"]
    name = resources["CustomDomainApiexamplecom"]
    assert name["Type"] == "AWS::ApiGateway::DomainName"
    assert name["Properties"]["EndpointConfiguration"] == {"Types": ["EDGE"]}
    mapping = resources["CustomDomainApiexamplecomRestMapping"]
    assert mapping["Properties"] == {
        "DomainName": "api.example.com",
        "ApiId": {"Ref": "ApiGatewayRestApi"},
        "ApiMappingKey": "shop",
        "Stage": "dev",
    }
    assert "CustomDomainApiexamplecom" in mapping["DependsOn"]
    assert made.template["Outputs"]["DomainName"]["Value"] == "api.example.com"
    told = "\n".join(made.warnings)
    assert "hostedZoneId has no effect" in told
    assert "createRoute53Record has no effect" in told


def test_each_kind_of_api_may_have_a_domain(resources: Of) -> None:
    domains = "[{http: {domainName: a.b.c, endpointType: regional}}, {domainName: x.y.z, enabled: false}]"
    events = ", events: [httpApi: GET /x]"
    made = resources(service("serverless-domain-manager", f"custom: {{customDomains: {domains}}}", settings=events))
    mapping = made["CustomDomainAbcHttpMapping"]["Properties"]
    assert (mapping["ApiId"], mapping["Stage"]) == ({"Ref": "HttpApi"}, "$default")
    assert "CustomDomainXyz" not in made


@pytest.mark.parametrize(
    ("domain", "message"),
    [
        ("{domainName: a.b, apiType: http}", "REGIONAL, not EDGE"),
        ("{domainName: a.b, apiType: http, endpointType: REGIONAL}", "which the service hasn't"),
        ("{domainName: a.b, endpointType: PRIVATE}", "PRIVATE"),
        ("{basePath: x}", "needs a domainName"),
    ],
)
def test_domains_that_can_not_be_had_are_refused(compiled: Compile, domain: str, message: str) -> None:
    text = service(
        "serverless-domain-manager", f"custom: {{customDomain: {domain}}}", settings=", events: [http: GET /x]"
    )
    with pytest.raises(TemplateInvalid, match=message):
        compiled(text)


CANARY = ", deploymentSettings: {type: AllAtOnce, alias: Live, preTrafficHook: hook, alarms: [Bad, {name: worse}]}"


def test_traffic_is_shifted_by_codedeploy(compiled: Compile) -> None:
    text = service("serverless-plugin-canary-deployments", settings=CANARY + ", events: [http: GET /x]")
    made = compiled(text.replace("functions: {", "functions: {hook: {handler: a.c}, "))
    resources = made.complete(made.template, {"FLambdaFunction": b"x" * 32})["Resources"]
    alias = resources["FLambdaFunctionAliasLive"]
    assert alias["Properties"]["Name"] == "Live"
    assert alias["UpdatePolicy"]["CodeDeployLambdaAliasUpdate"] == {
        "ApplicationName": {"Ref": "ShopdevDeploymentApplication"},
        "DeploymentGroupName": {"Ref": "FLambdaFunctionDeploymentGroup"},
        "BeforeAllowTrafficHook": {"Ref": "HookLambdaFunction"},
    }
    group = resources["FLambdaFunctionDeploymentGroup"]["Properties"]
    assert group["AlarmConfiguration"]["Alarms"] == [{"Name": {"Ref": "Bad"}}, {"Name": "worse"}]
    assert "FLambdaFunctionAliasLive" in resources["ApiGatewayMethodXGet"]["DependsOn"]
    assert made.warnings == []


def test_canaries_want_a_type_and_an_alias(compiled: Compile) -> None:
    with pytest.raises(TemplateInvalid, match="needs a type and an alias"):
        compiled(service("serverless-plugin-canary-deployments", settings=", deploymentSettings: {type: AllAtOnce}"))
    assert "deploymentSettings" in compiled(service("", settings=CANARY)).warnings[0]


@pytest.mark.parametrize(
    ("plugin", "rest", "provider", "logical_id", "expected"),
    [
        (
            "serverless-apigw-binary",
            "custom: {apigwBinary: {types: ['*/*']}}",
            "",
            "ApiGatewayRestApi",
            {"BinaryMediaTypes": ["*/*"]},
        ),
        ("serverless-plugin-log-retention", "custom: {logRetentionInDays: 7}", "", "FLogGroup", {"RetentionInDays": 7}),
        ("serverless-plugin-tracing", "", ", tracing: true", "FLambdaFunction", {"TracingConfig": {"Mode": "Active"}}),
        (
            "serverless-plugin-resource-tagging",
            "",
            ", stackTags: {a: b}",
            "FLambdaFunction",
            {"Tags": [{"Key": "a", "Value": "b"}]},
        ),
    ],
)
def test_small_plugins_have_their_effect(
    resources: Of, plugin: str, rest: str, provider: str, logical_id: str, expected: dict[str, Any]
) -> None:
    made = resources(service(plugin, rest, provider=provider, settings=", events: [http: GET /x]"))
    assert expected.items() <= made[logical_id]["Properties"].items()


def test_an_unknown_plugin_is_named_with_its_settings(compiled: Compile) -> None:
    made = compiled(service("serverless-plugin-best-ever", "custom: {bestEver: {a: 1}, else: 2}"))
    assert made.warnings == [
        "The plugin serverless-plugin-best-ever is not run: what it adds to the deployment is missing; "
        "custom.bestEver is not read."
    ]


def test_nothing_is_without_effect_in_silence(compiled: Compile) -> None:
    events = "[http: {path: x, method: get, documentation: {a: 1}}, s3: {bucket: b, forceDeploy: true}]"
    made = compiled(
        service(
            "serverless-esbuild",
            "custom: {esbuild: {packager: yarn, minify: true, colour: red, bundle: true, platform: node}}\n"
            "package: {path: x}\napp: mine\n"
            "stages: {dev: {params: {a: b}, resolvers: {x: {type: vault}}}}",
            provider=", ecr: {scanOnPush: true}, logs: {frameworkLambda: true, lambda: {colour: red}}, profile: ''",
            settings=f", warmup: true, events: {events}",
        )
    )
    told = "\n".join(made.warnings)
    for text in (
        "app has no effect",
        "package.path has no effect",
        "stages.dev.resolvers has no effect",
        "provider.ecr.scanOnPush has no effect",
        "provider.logs.frameworkLambda has no effect",
        "provider has what nothing reads here: logs.lambda.colour.",
        "functions.f.warmup has no effect: functions are warm",
        "the http event.documentation has no effect",
        "the s3 event.forceDeploy has no effect",
        "custom.esbuild.packager has no effect: npm installs.",
        "custom.esbuild.colour has no effect here.",
    ):
        assert text in told
    assert "profile" not in told
    assert "minify" not in told
    assert "bundle" not in told
    assert "platform" not in told


@pytest.mark.parametrize(("runtime", "external"), [("nodejs16.x", ["aws-sdk"]), ("nodejs22.x", ["@aws-sdk/*"])])
def test_the_sdk_that_the_runtime_has_is_left_out_of_bundles(
    resources: Of, tmp_path: Path, runtime: str, external: list[str]
) -> None:
    (tmp_path / "a.ts").write_text("")
    made = resources(service("serverless-esbuild", settings=f", runtime: {runtime}"))["FLambdaFunction"]
    assert made["Metadata"]["BuildProperties"]["External"] == external


def test_bundles_have_what_patterns_name_and_packages_that_stay_apart(resources: Of, tmp_path: Path) -> None:
    (tmp_path / "a.ts").write_text("")
    rest = "custom: {esbuild: {external: [sharp]}}\npackage: {patterns: ['pages/**']}"
    made = resources(service("serverless-esbuild", rest, settings=", runtime: nodejs20.x"))["FLambdaFunction"][
        "Metadata"
    ]
    assert made["serein:patterns"] == ["!**", "pages/**"]
    assert made["serein:packages"] is True
    assert made["BuildProperties"]["External"] == ["@aws-sdk/*", "sharp"]


def test_decorators_without_metadata_are_told(compiled: Compile, tmp_path: Path) -> None:
    (tmp_path / "tsconfig.json").write_text('{"compilerOptions": {"emitDecoratorMetadata": true}}')
    assert "emitDecoratorMetadata" in compiled(service("serverless-plugin-typescript")).warnings[0]


def test_files_of_text_are_read_as_they_are(compiled: Compile, tmp_path: Path) -> None:
    (tmp_path / "note.txt").write_text("a\n")
    made = compiled("functions: {f: {handler: a.b, environment: {N: '${file(note.txt)}'}}}")
    variables = made.template["Resources"]["FLambdaFunction"]["Properties"]["Environment"]["Variables"]
    assert variables == {"N": "a\n"}
