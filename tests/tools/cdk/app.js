// Every helper that the CDK adds to applications by itself, and what usually surrounds them.
const cdk = require("aws-cdk-lib");
const lambda = cdk.aws_lambda;
const s3 = cdk.aws_s3;

const app = new cdk.App();
const node = { runtime: lambda.Runtime.NODEJS_22_X, handler: "index.handler" };

class Storage extends cdk.Stack {
  constructor(scope, id) {
    super(scope, id, { tags: { team: "rain" } });
    this.bucket = new s3.Bucket(this, "Bucket", {
      autoDeleteObjects: true,
      removalPolicy: cdk.RemovalPolicy.DESTROY,
    });
    this.queue = new cdk.aws_sqs.Queue(this, "Queue");
    this.bucket.addEventNotification(
      s3.EventType.OBJECT_CREATED,
      new cdk.aws_s3_notifications.SqsDestination(this.queue),
    );
    new cdk.aws_s3_deployment.BucketDeployment(this, "Site", {
      sources: [
        cdk.aws_s3_deployment.Source.asset("site"),
        cdk.aws_s3_deployment.Source.jsonData("config.json", { queue: this.queue.queueUrl }),
      ],
      destinationBucket: this.bucket,
      destinationKeyPrefix: "web",
    });
    new cdk.CfnOutput(this, "BucketName", { value: this.bucket.bucketName });
  }
}

class Api extends cdk.Stack {
  constructor(scope, id, storage) {
    super(scope, id);
    const hello = new lambda.Function(this, "Hello", {
      ...node,
      code: lambda.Code.fromAsset("code"),
      environment: { QUEUE: storage.queue.queueUrl },
      logRetention: cdk.aws_logs.RetentionDays.ONE_WEEK,
    });
    storage.queue.grantSendMessages(hello);
    const bundled = new cdk.aws_lambda_nodejs.NodejsFunction(this, "Bundled", {
      entry: "bundled.ts",
      runtime: lambda.Runtime.NODEJS_22_X,
      depsLockFilePath: "package-lock.json",
    });
    const parameter = new cdk.aws_ssm.StringParameter(this, "Parameter", { stringValue: "kept" });
    const called = new cdk.custom_resources.AwsCustomResource(this, "Called", {
      onUpdate: {
        service: "SSM",
        action: "getParameter",
        parameters: { Name: parameter.parameterName },
        physicalResourceId: cdk.custom_resources.PhysicalResourceId.of("called"),
      },
      installLatestAwsSdk: false,
      policy: cdk.custom_resources.AwsCustomResourcePolicy.fromSdkCalls({ resources: ["*"] }),
    });
    const provider = new cdk.custom_resources.Provider(this, "Provider", {
      onEventHandler: new lambda.Function(this, "OnEvent", { ...node, code: lambda.Code.fromAsset("provider") }),
    });
    const thing = new cdk.CustomResource(this, "Thing", {
      serviceToken: provider.serviceToken,
      properties: { Asked: 42 },
    });
    new cdk.CfnOutput(this, "Called1", { value: called.getResponseField("Parameter.Value") });
    new cdk.CfnOutput(this, "Answer", { value: thing.getAttString("Answer") });
    new cdk.CfnOutput(this, "HelloName", { value: hello.functionName });
    new cdk.CfnOutput(this, "BundledName", { value: bundled.functionName });
  }
}

const storage = new Storage(app, "Storage");
new Api(app, "Api", storage);
