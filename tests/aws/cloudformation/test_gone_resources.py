"""Resources that somebody removed by hand: their stack is deleted without complaint."""

import pytest

TEMPLATE = """
Resources:
  Queue: {Type: AWS::SQS::Queue}
  QueuePolicy:
    Type: AWS::SQS::QueuePolicy
    Properties: {Queues: [!Ref Queue], PolicyDocument: {Version: "2012-10-17", Statement: []}}
  Topic: {Type: AWS::SNS::Topic}
  TopicPolicy:
    Type: AWS::SNS::TopicPolicy
    Properties:
      Topics: [!Ref Topic]
      PolicyDocument:
        Version: "2012-10-17"
        Statement: [{Effect: Allow, Principal: "*", Action: sns:Publish, Resource: !Ref Topic}]
  Subscription:
    Type: AWS::SNS::Subscription
    Properties: {TopicArn: !Ref Topic, Protocol: sqs, Endpoint: !GetAtt Queue.Arn}
  Table:
    Type: AWS::DynamoDB::Table
    Properties:
      AttributeDefinitions: [{AttributeName: pk, AttributeType: S}]
      KeySchema: [{AttributeName: pk, KeyType: HASH}]
      BillingMode: PAY_PER_REQUEST
  Bucket: {Type: AWS::S3::Bucket}
  BucketPolicy:
    Type: AWS::S3::BucketPolicy
    Properties:
      Bucket: !Ref Bucket
      PolicyDocument:
        Version: "2012-10-17"
        Statement:
          - Effect: Allow
            Principal: {AWS: !Ref AWS::AccountId}
            Action: s3:GetObject
            Resource: !Sub "${Bucket.Arn}/*"
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: sts:AssumeRole}]
  Policy:
    Type: AWS::IAM::Policy
    Properties:
      PolicyName: own
      Roles: [!Ref Role]
      PolicyDocument: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: "sqs:*", Resource: "*"}]}
  Function:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: python3.12
      Handler: index.handler
      Role: !Sub "arn:aws:iam::${AWS::AccountId}:role/any"
      Code: {ZipFile: "def handler(event, context): return 1"}
  Permission:
    Type: AWS::Lambda::Permission
    Properties: {FunctionName: !Ref Function, Action: lambda:InvokeFunction, Principal: sns.amazonaws.com}
  Mapping:
    Type: AWS::Lambda::EventSourceMapping
    Properties: {FunctionName: !Ref Function, EventSourceArn: !GetAtt Queue.Arn, Enabled: false}
  Url: {Type: AWS::Lambda::Url, Properties: {TargetFunctionArn: !Ref Function, AuthType: NONE}}
  Version: {Type: AWS::Lambda::Version, Properties: {FunctionName: !Ref Function}}
  Alias:
    Type: AWS::Lambda::Alias
    Properties: {FunctionName: !Ref Function, FunctionVersion: !GetAtt Version.Version, Name: live}
  Group: {Type: AWS::Logs::LogGroup}
  Stream: {Type: AWS::Logs::LogStream, Properties: {LogGroupName: !Ref Group}}
  Parameter: {Type: AWS::SSM::Parameter, Properties: {Type: String, Value: v}}
  Secret: {Type: AWS::SecretsManager::Secret, Properties: {SecretString: s}}
  Rule: {Type: AWS::Events::Rule, Properties: {EventPattern: {source: [a]}}}
  RestApi: {Type: AWS::ApiGateway::RestApi, Properties: {Name: rest}}
  Resource:
    Type: AWS::ApiGateway::Resource
    Properties: {RestApiId: !Ref RestApi, ParentId: !GetAtt RestApi.RootResourceId, PathPart: a}
  Method:
    Type: AWS::ApiGateway::Method
    Properties:
      RestApiId: !Ref RestApi
      ResourceId: !Ref Resource
      HttpMethod: GET
      AuthorizationType: NONE
      Integration: {Type: MOCK}
  Deployment: {Type: AWS::ApiGateway::Deployment, DependsOn: Method, Properties: {RestApiId: !Ref RestApi}}
  Stage:
    Type: AWS::ApiGateway::Stage
    Properties: {RestApiId: !Ref RestApi, StageName: one, DeploymentId: !Ref Deployment}
  HttpApi: {Type: AWS::ApiGatewayV2::Api, Properties: {Name: http, ProtocolType: HTTP}}
  HttpStage: {Type: AWS::ApiGatewayV2::Stage, Properties: {ApiId: !Ref HttpApi, StageName: one}}
  Alarm:
    Type: AWS::CloudWatch::Alarm
    Properties:
      ComparisonOperator: GreaterThanThreshold
      EvaluationPeriods: 1
      MetricName: m
      Namespace: n
      Period: 60
      Statistic: Sum
      Threshold: 1
"""


@pytest.fixture
def removed(aws, stacks):
    """The id of a stack whose resources aren't there any more."""
    stack_id = stacks.create("app", TEMPLATE, Capabilities=["CAPABILITY_IAM"])["StackId"]
    ids = stacks.physical_ids("app")
    aws.client("sqs").delete_queue(QueueUrl=ids["Queue"])
    aws.client("sns").delete_topic(TopicArn=ids["Topic"])
    aws.client("dynamodb").delete_table(TableName=ids["Table"])
    s3 = aws.client("s3")
    s3.delete_bucket(Bucket=ids["Bucket"])
    iam = aws.client("iam")
    iam.delete_role_policy(RoleName=ids["Role"], PolicyName="own")
    iam.delete_role(RoleName=ids["Role"])
    aws.client("lambda").delete_function(FunctionName=ids["Function"])
    aws.client("logs").delete_log_group(logGroupName=ids["Group"])
    aws.client("ssm").delete_parameter(Name=ids["Parameter"])
    aws.client("secretsmanager").delete_secret(SecretId=ids["Secret"], ForceDeleteWithoutRecovery=True)
    aws.client("events").delete_rule(Name=ids["Rule"])
    aws.client("apigateway").delete_rest_api(restApiId=ids["RestApi"])
    aws.client("apigatewayv2").delete_api(ApiId=ids["HttpApi"])
    aws.client("cloudwatch").delete_alarms(AlarmNames=[ids["Alarm"]])
    aws.idle()
    return stack_id


def test_a_stack_is_deleted_whose_resources_are_gone(stacks, removed):
    gone = stacks.delete("app")
    assert [event for event in stacks.events(removed) if event[1] == "DELETE_FAILED"] == []
    assert gone["StackStatus"] == "DELETE_COMPLETE"
