"""Projects of the Serverless Framework as a whole: plugins, additions, packages, warnings, stages."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from serein.deploy.errors import TemplateInvalid
from serein.deploy.serverless.compilation import Compiled
from serein.deploy.serverless.project import Given, NoCloud, compile_project, stack_name_of_service

Compile = Callable[..., Compiled]
Of = Callable[..., dict[str, Any]]
FUNCTION = "functions: {f: {handler: src/a.b}}\n"


def service(more: str, provider: str = "", runtime: str = "python3.12") -> str:
    return f"service: shop\nprovider: {{name: aws, runtime: {runtime}{provider}}}\n{FUNCTION}{more}"


def variables(resources: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = resources["FLambdaFunction"]["Properties"].get("Environment", {}).get("Variables", {})
    return found


def test_the_stack_is_named_by_service_and_stage(tmp_path: Path) -> None:
    path = tmp_path / "serverless.yml"
    path.write_text(
        "service: {name: shop}\nprovider: {name: aws, stage: '${opt:stage, self:custom.s}'}\ncustom: {s: x}\n"
    )
    assert stack_name_of_service(path, Given()) == "shop-x"
    assert stack_name_of_service(path, Given("prod")) == "shop-prod"
    path.write_text("service: shop\nprovider: {name: aws, stackName: '${self:service}-own'}\n")
    assert stack_name_of_service(path, Given()) == "shop-own"


def test_what_names_the_stack_must_not_depend_on_the_account(tmp_path: Path) -> None:
    path = tmp_path / "serverless.yml"
    path.write_text("service: 's-${aws:accountId}'\nprovider: {name: aws}\n")
    with pytest.raises(TemplateInvalid, match="must not depend on the account"):
        stack_name_of_service(path, Given())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("service: ''\nprovider: {name: aws}\n", "needs the name of the service"),
        ("service: s\nprovider: google\n", "has to be aws"),
        ("service: s\nprovider: aws\nfunctions: {f: x}\n", "functions.f is not an object"),
        ("service: s\nprovider: aws\nfunctions: [x]\n", "something that is not an object"),
        ("- service: s\n", "holds no object"),
        (service("resources: {extensions: {Gone: {}}}"), "Gone, which is not in the template"),
        (service("resources: {extensions: {FLogGroup: {Type: x}}}"), "Type, which can't be extended"),
        (service("layers: {l: {}}"), "layers.l needs a path"),
    ],
)
def test_a_configuration_that_makes_no_sense_is_refused(compiled: Compile, text: str, message: str) -> None:
    with pytest.raises(TemplateInvalid, match=message):
        compiled(text)


def test_functions_and_resources_may_be_lists_of_objects(compiled: Compile) -> None:
    template = compiled(
        "service: s\nprovider: aws\nfunctions: [{a: {handler: x.y}}, {b: {handler: x.y}}]\n"
        "resources:\n  - Resources: {Q: {Type: 'AWS::SQS::Queue'}}\n"
        "  - {Resources: {T: {Type: 'AWS::SNS::Topic'}}, Outputs: {O: {Value: 1}}, Conditions: {C: true}}\n"
        "  - Resources: {ALambdaFunction: {Properties: {Timeout: 99}}}\n"
    ).template
    assert {"ALambdaFunction", "BLambdaFunction", "Q", "T"} <= set(template["Resources"])
    assert template["Resources"]["ALambdaFunction"]["Properties"]["Timeout"] == 99
    assert (template["Outputs"]["O"], template["Conditions"]) == ({"Value": 1}, {"C": True})


def test_extensions_add_to_what_the_framework_makes(resources: Of) -> None:
    extension = "{Properties: {Timeout: 9}, DependsOn: [Q], DeletionPolicy: Retain, Metadata: {a: b}}"
    made = resources(service(f"resources: {{extensions: {{FLambdaFunction: {extension}}}}}"))["FLambdaFunction"]
    assert (made["Properties"]["Timeout"], made["Properties"]["MemorySize"]) == (9, 1024)
    assert (made["DependsOn"], made["DeletionPolicy"]) == (["FLogGroup", "Q"], "Retain")
    assert made["Metadata"]["a"] == "b"


def test_outputs_are_exported_unless_the_provider_says_otherwise(compiled: Compile) -> None:
    name = "ServerlessDeploymentBucketName"
    assert compiled(service("")).template["Outputs"][name]["Export"] == {"Name": f"sls-shop-dev-{name}"}
    outputs = compiled(service("", ", disableDefaultOutputExportNames: true")).template["Outputs"]
    assert "Export" not in outputs[name]


def test_what_nothing_reads_is_named(compiled: Compile) -> None:
    made = compiled(
        "service: shop\nprovider: {name: aws, deploymentBucket: b, colour: red}\nplugins: [serverless-x]\n"
        "shape: round\n"
        "functions: {f: {handler: a.b, size: 1, events: [{sqs: {arn: !GetAtt Q.Arn, speed: 1}}, {carrier: pigeon}]}}\n"
    )
    warnings = "\n".join(made.warnings)
    for text in (
        "here: shape.",
        "here: colour.",
        "here: size.",
        "here: speed.",
        "carrier",
        "provider.deploymentBucket",
    ):
        assert text in warnings
    assert "The plugin serverless-x is not run" in warnings
    assert "ServerlessDeploymentBucket" not in made.template["Resources"]


def test_unknown_settings_of_api_events_are_left_out(compiled: Compile) -> None:
    made = compiled("functions: {f: {handler: a.b, events: [{http: {path: x, method: get, summary: says}}]}}\n")
    assert "ApiGatewayMethodXGet" in made.template["Resources"]
    assert any("summary" in warning for warning in made.warnings)


def test_plugins_without_anything_to_do_are_told_in_one_sentence(compiled: Compile) -> None:
    plugins = "[serverless-offline, serverless-prune-plugin, serverless-python-requirements, serverless-esbuild]"
    told = [
        "Plugins that are not needed here: serverless-offline (the application runs here as it is), "
        "serverless-prune-plugin (old versions cost nothing)."
    ]
    assert compiled(service(f"plugins: {plugins}")).warnings == told
    assert compiled(service(f"plugins: {{modules: {plugins}, localPath: x}}")).warnings == told


def test_a_region_of_its_own_is_replaced_by_that_of_the_deployment(compiled: Compile) -> None:
    made = compiled(service("custom: {}\n", ", region: mars-1, environment: {R: '${self:provider.region}'}"))
    assert variables(made.template["Resources"]) == {"R": "eu-west-1"}
    assert "mars-1 is not used" in made.warnings[0]


def test_pseudo_parameters_are_substituted(resources: Of) -> None:
    text = service("plugins: [serverless-pseudo-parameters]\n", ", environment: {A: 'x-#{AWS::Region}', B: plain}")
    assert variables(resources(text)) == {"A": {"Fn::Sub": "x-${AWS::Region}"}, "B": "plain"}


def test_env_files_are_read_when_asked_for(resources: Of, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("SECRET=1\n")
    given = ", environment: {A: \"${env:SECRET, 'none'}\"}"
    assert variables(resources(service("", given))) == {"A": "none"}
    assert variables(resources(service("useDotenv: true", given))) == {"A": "1"}
    assert variables(resources(service("frameworkVersion: ^4.0.0", given))) == {"A": "1"}


def test_the_dotenv_plugin_gives_the_variables_to_functions(resources: Of, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("ONE=1\nTWO=2\n")
    plugins = "plugins: [serverless-dotenv-plugin]\n"
    assert variables(resources(service(plugins))) == {"ONE": "1", "TWO": "2"}
    assert variables(resources(service(f"{plugins}custom: {{dotenv: {{include: [TWO]}}}}"))) == {"TWO": "2"}
    assert variables(resources(service(f"{plugins}custom: {{dotenv: {{exclude: [TWO]}}}}"))) == {"ONE": "1"}


def test_typescript_is_bundled(resources: Of, tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "a.ts").write_text("export const b = 1")
    made = resources(service("custom: {esbuild: {minify: true, exclude: [x]}}", runtime="nodejs20.x"))
    assert made["FLambdaFunction"]["Properties"]["Handler"] == "src/a.b"
    assert made["FLambdaFunction"]["Metadata"] == {
        "BuildMethod": "esbuild",
        "BuildProperties": {
            "EntryPoints": ["src/a.ts"],
            "Outbase": ".",
            "Sourcemap": False,
            "External": ["x"],
            "Minify": True,
        },
    }


def test_javascript_is_bundled_when_a_plugin_or_the_build_asks(resources: Of, tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "a.js").write_text("exports.b = 1")
    for more in ("plugins: [serverless-webpack]", "plugins: [serverless-bundle]", "build: {esbuild: {minify: true}}"):
        made = resources(service(more, runtime="nodejs20.x"))
        assert made["FLambdaFunction"]["Metadata"]["BuildProperties"]["EntryPoints"] == ["src/a.js"]
    assert "BuildMethod" not in resources(service("", runtime="nodejs20.x"))["FLambdaFunction"]["Metadata"]


def test_packages_have_what_patterns_say(resources: Of) -> None:
    def patterns(package: str, own: str = "") -> list[str]:
        text = f"package: {package}\nfunctions: {{f: {{handler: a.b{own}}}}}\nlayers: {{l: {{path: ./lay}}}}\n"
        found: list[str] = resources(f"service: s\nprovider: aws\n{text}")["FLambdaFunction"]["Metadata"][
            "serein:patterns"
        ]
        return found[found.index("!lay/**") + 1 :]

    assert patterns("{patterns: ['!**', 'src/**']}") == ["!**", "src/**"]
    assert patterns("{exclude: [a], include: [b]}") == ["!a", "b"]
    own = ", package: {patterns: [own/**]}"
    assert patterns("{patterns: ['!x']}", own) == ["!x"]
    assert patterns("{patterns: ['!x'], individually: true}", own) == ["!x", "own/**"]


def test_artifacts_are_taken_as_they_are(resources: Of) -> None:
    made = resources(service("package: {artifact: build/all.zip}"))
    assert made["FLambdaFunction"]["Properties"]["Code"] == "build/all.zip"
    made = resources("functions: {f: {handler: a.b, package: {artifact: 's3://bucket/a/b.zip'}}}")
    assert made["FLambdaFunction"]["Properties"]["Code"] == {"S3Bucket": "bucket", "S3Key": "a/b.zip"}


def test_state_machines_name_functions_as_the_configuration_does(compiled: Compile) -> None:
    template = compiled(
        service(
            "plugins: [serverless-step-functions]\nstepFunctions: {stateMachines: {flow-one: {type: EXPRESS, "
            "events: [{schedule: rate(1 hour)}], definition: {StartAt: A, States: {A: {Type: Task, "
            "Resource: !GetAtt [f, Arn], Next: B}, B: {Type: Task, Resource: 'arn:aws:states:::sqs:sendMessage', "
            "End: true}}}}}}"
        )
    ).template
    machine = template["Resources"]["FlowDashoneStepFunctionsStateMachine"]["Properties"]
    text, values = machine["DefinitionString"]["Fn::Sub"]
    assert list(values.values()) == [{"Fn::GetAtt": ["FLambdaFunction", "Arn"]}]
    assert f'"Resource": "${{{next(iter(values))}}}"' in text
    role = template["Resources"]["FlowDashoneStepFunctionsStateMachineRole"]["Properties"]
    actions = role["Policies"][0]["PolicyDocument"]["Statement"][0]["Action"]
    assert actions == ["lambda:InvokeFunction", "sqs:SendMessage"]
    assert "FlowDashoneStepFunctionsEventsRuleSchedule1" in template["Resources"]
    output = template["Outputs"]["FlowDashoneStepFunctionsStateMachineArn"]
    assert output["Value"] == {"Ref": "FlowDashoneStepFunctionsStateMachine"}


def test_the_stack_has_the_parameters_of_the_configuration_and_of_the_caller(compiled: Compile) -> None:
    text = (
        "service: s\nprovider: {name: aws, stackParameters: [{ParameterKey: A, ParameterValue: 1}, "
        "{ParameterKey: C, UsePreviousValue: true}]}\nfunctions: {f: {handler: a.b, description: '${param:d}'}}\n"
        "resources: {Parameters: {A: {Type: String}, B: {Type: String}, C: {Type: String}}}\n"
    )
    made = compiled(text, parameters={"B": "2", "d": "x"})
    assert made.parameters == {"A": "1", "B": "2"}
    assert made.warnings == []


@pytest.mark.skipif(shutil.which("node") is None, reason="needs Node.js")
def test_a_configuration_may_be_javascript(tmp_path: Path) -> None:
    path = tmp_path / "serverless.js"
    path.write_text("module.exports = {service: 's', provider: {name: 'aws'}, functions: {f: {handler: 'a.b'}}};")
    assert "FLambdaFunction" in compile_project(path, Given(), NoCloud()).template["Resources"]


@pytest.mark.skipif(shutil.which("npm") is None, reason="needs npm, which installs esbuild")
def test_a_configuration_may_be_typescript(tmp_path: Path) -> None:
    path = tmp_path / "serverless.ts"
    (tmp_path / "named.ts").write_text("export const NAME: string = 'typed';")
    path.write_text(
        "import type { AWS } from '@serverless/typescript';\nimport { NAME } from './named';\n"
        "const service: AWS = {service: NAME, provider: {name: 'aws'}, functions: {f: {handler: 'a.b'}}};\n"
        "module.exports = service;\n"
    )
    assert compile_project(path, Given(), NoCloud()).service.name == "typed"
    path.write_text(path.read_text().replace("module.exports =", "export default"))
    assert compile_project(path, Given(), NoCloud()).service.name == "typed"


@pytest.mark.skipif(shutil.which("npm") is None, reason="needs npm, which installs esbuild")
def test_typescript_configurations_have_their_paths_and_folders(tmp_path: Path) -> None:
    (tmp_path / "tsconfig.json").write_text('{"extends": "./tsconfig.paths.json", /* more */ "include": ["src"],}')
    (tmp_path / "tsconfig.paths.json").write_text(
        '{"compilerOptions": {"baseUrl": ".", "paths": {"@functions/*": ["src/functions/*"]}}}'
    )
    (tmp_path / "src" / "functions" / "hello").mkdir(parents=True)
    (tmp_path / "src" / "functions" / "hello" / "index.ts").write_text(
        "import { relative } from 'path';\n"
        "export default {handler: `${relative(process.cwd(), __dirname)}/handler.main` as string};\n"
    )
    path = tmp_path / "serverless.ts"
    path.write_text(
        "import hello from '@functions/hello';\nexport = {service: 's', provider: {name: 'aws'}, functions: {hello}};\n"
    )
    made = compile_project(path, Given(), NoCloud()).template["Resources"]
    assert made["HelloLambdaFunction"]["Properties"]["Handler"] == "src/functions/hello/handler.main"
