"""Forms of the other services."""

from collections.abc import Mapping

from serein.services.cloudformation.inert_forms.form import Form, arn, of_arn, of_id, of_name

OTHERS: Mapping[str, Form] = {
    "AmazonMQ::Broker": of_id(
        "b-{uuid}",
        "Id",
        Arn=arn("mq", "broker:{property:BrokerName}:{ref}"),
        ConfigurationId="c-{uuid}",
        ConfigurationRevision="1",
    ),
    "AmazonMQ::Configuration": of_id("c-{uuid}", "Id", Arn=arn("mq", "configuration:{ref}"), Revision="1"),
    "AppConfig::Application": of_id("{an7}", "ApplicationId"),
    "AppConfig::ConfigurationProfile": of_id("{an7}", "ConfigurationProfileId"),
    "AppConfig::Deployment": Form("1", "", {"DeploymentNumber": "1", "State": "COMPLETE"}),
    "AppConfig::DeploymentStrategy": of_id("{an7}", "Id"),
    "AppConfig::Environment": of_id("{an7}", "EnvironmentId"),
    "AppConfig::HostedConfigurationVersion": Form("1", "", {"VersionNumber": "1"}),
    "ApplicationInsights::Application": Form(
        "{name}",
        "ResourceGroupName",
        {"ApplicationARN": arn("applicationinsights", "application/resource-group/{ref}")},
    ),
    "AutoScaling::AutoScalingGroup": Form("{name}", "AutoScalingGroupName"),
    "Batch::ComputeEnvironment": of_arn(
        "batch", "compute-environment/{name}", "ComputeEnvironmentName", ComputeEnvironmentArn="{ref}"
    ),
    "Batch::JobDefinition": of_arn("batch", "job-definition/{name}:1", "JobDefinitionName", JobDefinitionArn="{ref}"),
    "Batch::JobQueue": of_arn("batch", "job-queue/{name}", "JobQueueName", JobQueueArn="{ref}"),
    "CertificateManager::Certificate": of_arn("acm", "certificate/{uuid}", CertificateArn="{ref}"),
    "Cloud9::EnvironmentEC2": of_id(
        "{hex32}", "EnvironmentId", Arn=arn("cloud9", "environment:{ref}"), Name="{property:Name}"
    ),
    "CloudTrail::Trail": of_name("cloudtrail", "trail/", "TrailName", SnsTopicArn="{property:SnsTopicName}"),
    "CodeBuild::Project": of_name("codebuild", "project/", "Name", Id="{ref}"),
    "CodeCommit::Repository": of_id(
        "{uuid}",
        Arn=arn("codecommit", "{property:RepositoryName}"),
        CloneUrlHttp="https://git-codecommit.{region}.amazonaws.com/v1/repos/{property:RepositoryName}",
        CloneUrlSsh="ssh://git-codecommit.{region}.amazonaws.com/v1/repos/{property:RepositoryName}",
        Name="{property:RepositoryName}",
    ),
    "CodePipeline::Pipeline": of_name("codepipeline", "", "Name", Version="1"),
    "Config::ConfigRule": Form(
        "{name}",
        "ConfigRuleName",
        {
            "Arn": arn("config", "config-rule/config-rule-{an6}"),
            "Compliance.Type": "COMPLIANT",
            "ConfigRuleId": "config-rule-{an6}",
        },
    ),
    "ECS::Cluster": of_name("ecs", "cluster/", "ClusterName"),
    "ECS::Service": of_arn("ecs", "service/{name}", "ServiceName", Name="{name}", ServiceArn="{ref}"),
    "ECS::TaskDefinition": of_arn("ecs", "task-definition/{name}:1", "Family", TaskDefinitionArn="{ref}"),
    "EKS::Cluster": of_name("eks", "cluster/", "Name", Endpoint="https://{az32}.gr7.{region}.eks.{suffix}", Id="{ref}"),
    "Glue::Crawler": Form("{name}", "Name"),
    "Glue::Database": Form("{name}", "DatabaseInput/Name"),
    "Glue::Job": Form("{name}", "Name"),
    "Glue::Trigger": Form("{name}", "Name"),
    "Glue::Workflow": Form("{name}", "Name"),
    "GuardDuty::Detector": of_id("{hex32}", "Id"),
    "IAM::OIDCProvider": Form(arn("iam", "oidc-provider/{host}", is_global=True), "Url", {"Arn": "{ref}"}),
    "IAM::SAMLProvider": Form(arn("iam", "saml-provider/{name}", is_global=True), "Name", {"Arn": "{ref}"}),
    "IAM::ServerCertificate": Form(
        "{name}", "ServerCertificateName", {"Arn": arn("iam", "server-certificate/{ref}", is_global=True)}
    ),
    "IoT::Policy": Form("{name}", "PolicyName", {"Arn": arn("iot", "policy/{ref}"), "Id": "{ref}"}),
    "IoT::Thing": Form("{name}", "ThingName", {"Arn": arn("iot", "thing/{ref}"), "Id": "{uuid}"}),
    "IoT::TopicRule": of_name("iot", "rule/", "RuleName"),
    "KMS::Alias": Form("{name}", "AliasName"),
    "KMS::Key": of_id("{uuid}", "KeyId", Arn=arn("kms", "key/{ref}")),
    "KMS::ReplicaKey": of_id("mrk-{hex32}", "KeyId", Arn=arn("kms", "key/{ref}")),
    "Logs::Destination": of_name("logs", "destination:", "DestinationName"),
    "Logs::MetricFilter": Form("{name}", "FilterName"),
    "Logs::QueryDefinition": of_id("{uuid}", "QueryDefinitionId"),
    "Logs::SubscriptionFilter": Form("{name}", "FilterName"),
    "MSK::Cluster": of_arn("kafka", "cluster/{name}/{uuid}-1", "ClusterName", Arn="{ref}", CurrentVersion="K{az13}"),
    "MSK::ServerlessCluster": of_arn("kafka", "cluster/{name}/{uuid}-s1", "ClusterName", Arn="{ref}"),
    "ResourceGroups::Group": of_name("resource-groups", "group/", "Name"),
    "Route53::HealthCheck": of_id("{uuid}", "HealthCheckId"),
    "Route53::HostedZone": of_id("Z{az20}", "Id"),
    "Route53::RecordSet": Form("{name}", "Name"),
    "Route53::RecordSetGroup": of_id("{name}", "Id"),
    "S3::AccessPoint": Form(
        "{name}",
        "Name",
        {"Alias": "{ref}-{an34}-s3alias", "Arn": arn("s3", "accesspoint/{ref}"), "NetworkOrigin": "Internet"},
    ),
    "SecretsManager::SecretTargetAttachment": Form("{property:SecretId}", "", {"Id": "{ref}"}),
    "ServiceDiscovery::PrivateDnsNamespace": of_id(
        "ns-{an16}", "Id", Arn=arn("servicediscovery", "namespace/{ref}"), HostedZoneId="Z{az20}"
    ),
    "ServiceDiscovery::Service": of_id(
        "srv-{an16}", "Id", Arn=arn("servicediscovery", "service/{ref}"), Name="{property:Name}"
    ),
    "SES::EmailIdentity": Form("{name}", "EmailIdentity"),
    "SES::Template": Form("{name}", "", {"Id": "{ref}"}),
    "SSM::Document": Form("{name}", "Name"),
    "SSM::MaintenanceWindow": of_id("mw-{hex17}", "WindowId"),
    "StepFunctions::Activity": of_arn("states", "activity:{name}", "Name", Arn="{ref}", Name="{name}"),
    "StepFunctions::StateMachine": of_arn(
        "states", "stateMachine:{name}", "StateMachineName", Arn="{ref}", Name="{name}", StateMachineRevisionId="{uuid}"
    ),
    "Timestream::Database": Form("{name}", "DatabaseName", {"Arn": arn("timestream", "database/{ref}")}),
    "Transfer::Server": of_id("s-{hex17}", "ServerId", Arn=arn("transfer", "server/{ref}")),
    "WAFv2::IPSet": Form(
        "{name}|{uuid}|{property:Scope}",
        "Name",
        {"Arn": arn("wafv2", "regional/ipset/{name}/{uuid}"), "Id": "{uuid}"},
    ),
    "WAFv2::WebACL": Form(
        "{name}|{uuid}|{property:Scope}",
        "Name",
        {
            "Arn": arn("wafv2", "regional/webacl/{name}/{uuid}"),
            "Capacity": "1",
            "Id": "{uuid}",
            "LabelNamespace": "awswaf:{account}:webacl:{name}:",
        },
    ),
    "XRay::Group": of_arn("xray", "group/{name}/{az26}", "GroupName", GroupARN="{ref}"),
    "XRay::SamplingRule": of_arn("xray", "sampling-rule/{name}", "RuleName", RuleARN="{ref}"),
}
