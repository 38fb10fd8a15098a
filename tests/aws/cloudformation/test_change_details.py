"""Why a change set says that something changes: parameters, other resources, the template itself."""

TEMPLATE = """
Parameters: {Delay: {Type: Number, Default: 0}}
Resources:
  Queue: {Type: AWS::SQS::Queue, Properties: {DelaySeconds: !Ref Delay}}
  Policy:
    Type: AWS::SQS::QueuePolicy
    Properties:
      Queues: [!Ref Queue]
      PolicyDocument: {Statement: [{Effect: Allow, Principal: "*", Action: "sqs:*", Resource: !GetAtt Queue.Arn}]}
  Topic: {Type: AWS::SNS::Topic, Metadata: {Note: one}, Properties: {DisplayName: one}}
"""


def changes_of(stacks, template=TEMPLATE, **options):
    made = stacks.client.create_change_set(StackName="app", ChangeSetName="c", TemplateBody=template, **options)
    stacks.aws.idle()
    shown = stacks.client.describe_change_set(ChangeSetName=made["Id"])
    return {it["ResourceChange"]["LogicalResourceId"]: it["ResourceChange"] for it in shown["Changes"]}


def detail(name, recreation, evaluation, source, entity=None):
    target = {"Attribute": "Properties", "Name": name, "RequiresRecreation": recreation}
    found = {"Target": target, "Evaluation": evaluation, "ChangeSource": source}
    return found | ({"CausingEntity": entity} if entity else {})


def test_a_parameter_is_told_as_the_cause(stacks):
    stacks.create("app", TEMPLATE)
    changes = changes_of(stacks, Parameters=[{"ParameterKey": "Delay", "ParameterValue": "5"}])
    queue = changes["Queue"]
    assert (queue["Replacement"], queue["Scope"]) == ("False", ["Properties"])
    assert queue["Details"] == [
        detail("DelaySeconds", "Never", "Static", "ParameterReference", "Delay"),
        detail("DelaySeconds", "Never", "Dynamic", "DirectModification"),
    ]


def test_a_replaced_resource_is_told_as_the_cause_of_others(stacks):
    stacks.create("app", TEMPLATE)
    changes = changes_of(stacks, TEMPLATE.replace("{DelaySeconds: !Ref Delay}", "{QueueName: chosen}"))
    assert changes["Queue"]["Replacement"] == "True"
    assert changes["Queue"]["PolicyAction"] == "ReplaceAndDelete"
    assert detail("QueueName", "Always", "Static", "DirectModification") in changes["Queue"]["Details"]
    causes = [(it["ChangeSource"], it.get("CausingEntity")) for it in changes["Policy"]["Details"]]
    assert ("ResourceReference", "Queue") in causes
    assert ("ResourceAttribute", "Queue.Arn") in causes


def test_metadata_and_tags_are_scopes_of_their_own(stacks):
    stacks.create("app", TEMPLATE)
    topic = changes_of(stacks, TEMPLATE.replace("Note: one", "Note: two"))["Topic"]
    assert topic["Scope"] == ["Metadata"]
    assert topic["Details"][0]["Target"] == {"Attribute": "Metadata", "RequiresRecreation": "Never"}
    stacks.client.delete_change_set(StackName="app", ChangeSetName="c")
    tagged = changes_of(stacks, Tags=[{"Key": "k", "Value": "v"}])
    assert tagged["Topic"]["Scope"] == ["Tags"]


def test_what_becomes_of_a_removed_resource_is_told(stacks):
    kept = TEMPLATE.replace("Metadata:", "DeletionPolicy: Retain, Metadata:")
    stacks.create("app", kept)
    changes = changes_of(stacks, "Resources: {New: {Type: AWS::SNS::Topic}}")
    actions = {name: (it["Action"], it.get("PolicyAction")) for name, it in changes.items()}
    assert actions == {
        "New": ("Add", None),
        "Policy": ("Remove", "Delete"),
        "Queue": ("Remove", "Delete"),
        "Topic": ("Remove", "Retain"),
    }


def test_nested_stacks_have_change_sets_of_their_own_when_asked(aws, stacks):
    bucket = aws.unique("templates")
    aws.client("s3").create_bucket(Bucket=bucket)
    child = "Parameters: {Delay: {Type: Number}}\nResources: {Q: {Type: AWS::SQS::Queue, Properties: %s}}"
    aws.client("s3").put_object(Bucket=bucket, Key="c", Body=(child % "{DelaySeconds: !Ref Delay}").encode())
    nested = "{Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: %s, Parameters: {Delay: %d}}}"
    url = f"https://{bucket}.s3.amazonaws.com/c"
    both = "Resources:\n  One: " + nested % (url, 1) + "\n  Two: " + nested % (url, 2)
    stacks.create("app", both)
    changed = both.replace("Delay: 2", "Delay: 3")
    changes = changes_of(stacks, changed, IncludeNestedStacks=True)
    assert list(changes) == ["Two"]
    inner = stacks.client.describe_change_set(ChangeSetName=changes["Two"]["ChangeSetId"])
    root = stacks.client.describe_change_set(StackName="app", ChangeSetName="c")
    assert (inner["ParentChangeSetId"], inner["RootChangeSetId"]) == (root["ChangeSetId"], root["ChangeSetId"])
    assert [it["ResourceChange"]["LogicalResourceId"] for it in inner["Changes"]] == ["Q"]
    stacks.client.execute_change_set(StackName="app", ChangeSetName="c")
    assert stacks.rest("app")["StackStatus"] == "UPDATE_COMPLETE"
    assert stacks.client.list_change_sets(StackName=inner["StackId"])["Summaries"] == []
