"""IAM's CloudFormation types: made, changed and removed by a stack."""

TEMPLATE = """
Parameters: {Action: {Type: String, Default: "s3:GetObject"}, Extra: {Type: String, Default: "no"}}
Conditions: {HasExtra: !Equals [!Ref Extra, "yes"]}
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: 2012-10-17
        Statement: [{Effect: Allow, Principal: {Service: ec2.amazonaws.com}, Action: sts:AssumeRole}]
      ManagedPolicyArns: !If [HasExtra, [arn:aws:iam::aws:policy/ReadOnlyAccess], !Ref AWS::NoValue]
      Tags: [{Key: team, Value: a}]
  Inline:
    Type: AWS::IAM::Policy
    Properties:
      PolicyName: inline
      Roles: [!Ref Role]
      PolicyDocument: {Version: 2012-10-17, Statement: [{Effect: Allow, Action: !Ref Action, Resource: "*"}]}
  Managed:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      Roles: [!Ref Role]
      PolicyDocument: {Version: 2012-10-17, Statement: [{Effect: Allow, Action: !Ref Action, Resource: "*"}]}
  Profile: {Type: AWS::IAM::InstanceProfile, Properties: {Roles: [!Ref Role]}}
  Group: {Type: AWS::IAM::Group, Properties: {ManagedPolicyArns: [!Ref Managed]}}
  User: {Type: AWS::IAM::User, Properties: {Groups: [!Ref Group]}}
  Key: {Type: AWS::IAM::AccessKey, Properties: {UserName: !Ref User}}
  Linked: {Type: AWS::IAM::ServiceLinkedRole, Properties: {AWSServiceName: es.amazonaws.com}}
Outputs:
  Role: {Value: !GetAtt Role.Arn}
  Policy: {Value: !Ref Managed}
  Secret: {Value: !GetAtt Key.SecretAccessKey}
  Profile: {Value: !GetAtt Profile.Arn}
"""


def carry_out(aws, operation, **options):
    client = aws.client("cloudformation")
    getattr(client, operation)(StackName="app", **options)
    aws.idle()
    return client


def test_every_iam_type_is_made_changed_and_removed(aws):
    iam = aws.client("iam")
    client = carry_out(aws, "create_stack", TemplateBody=TEMPLATE, Capabilities=["CAPABILITY_IAM"])
    stack = client.describe_stacks(StackName="app")["Stacks"][0]
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    outputs = {it["OutputKey"]: it["OutputValue"] for it in stack["Outputs"]}
    role = outputs["Role"].rpartition("/")[2]
    assert len(outputs["Secret"]) == 40
    assert [it["RoleName"] for it in iam.list_instance_profiles_for_role(RoleName=role)["InstanceProfiles"][0]["Roles"]]
    attached = iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]
    assert [it["PolicyArn"] for it in attached] == [outputs["Policy"]]

    parameters = [
        {"ParameterKey": "Action", "ParameterValue": "s3:PutObject"},
        {"ParameterKey": "Extra", "ParameterValue": "yes"},
    ]
    carry_out(aws, "update_stack", UsePreviousTemplate=True, Parameters=parameters, Capabilities=["CAPABILITY_IAM"])
    assert client.describe_stacks(StackName="app")["Stacks"][0]["StackStatus"] == "UPDATE_COMPLETE"
    document = iam.get_role_policy(RoleName=role, PolicyName="inline")["PolicyDocument"]
    assert document["Statement"][0]["Action"] == "s3:PutObject"
    assert iam.get_policy(PolicyArn=outputs["Policy"])["Policy"]["DefaultVersionId"] == "v2"
    attached = {it["PolicyArn"] for it in iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]}
    assert attached == {outputs["Policy"], "arn:aws:iam::aws:policy/ReadOnlyAccess"}

    carry_out(aws, "delete_stack")
    assert client.describe_stacks(StackName=stack["StackId"])["Stacks"][0]["StackStatus"] == "DELETE_COMPLETE"
    assert iam.list_roles()["Roles"] == []
    assert iam.list_users()["Users"] == []
    assert iam.list_policies(Scope="Local")["Policies"] == []
