"""Forms of databases and file systems."""

from collections.abc import Mapping

from serein.services.cloudformation.inert_forms.form import Form, arn, of_id, of_name

_SEARCH = of_name(
    "es",
    "domain/",
    "DomainName",
    DomainArn=arn("es", "domain/{ref}"),
    DomainEndpoint="search-{ref}-{an26}.{region}.es.{suffix}",
    Id="{account}/{ref}",
)
DATABASES: Mapping[str, Form] = {
    "DocDB::DBCluster": Form(
        "{low}",
        "DBClusterIdentifier",
        {
            "ClusterResourceId": "cluster-{az26}",
            "Endpoint": "{ref}.cluster-{an12}.{region}.docdb.{suffix}",
            "Port": "27017",
            "ReadEndpoint": "{ref}.cluster-ro-{an12}.{region}.docdb.{suffix}",
        },
    ),
    "DSQL::Cluster": of_id(
        "{an26}",
        "Identifier",
        Endpoint="{ref}.dsql.{region}.on.aws",
        ResourceArn=arn("dsql", "cluster/{ref}"),
        Status="ACTIVE",
        VpcEndpointServiceName="com.amazonaws.{region}.dsql-{an4}",
    ),
    "EFS::AccessPoint": of_id("fsap-{hex17}", "AccessPointId", Arn=arn("elasticfilesystem", "access-point/{ref}")),
    "EFS::FileSystem": of_id("fs-{hex17}", "FileSystemId", Arn=arn("elasticfilesystem", "file-system/{ref}")),
    "EFS::MountTarget": of_id("fsmt-{hex17}", "Id", IpAddress="10.0.0.{octet}"),
    "ElastiCache::CacheCluster": Form(
        "{low}",
        "ClusterName",
        {
            "ConfigurationEndpoint.Address": "{ref}.{an6}.cfg.use1.cache.{suffix}",
            "ConfigurationEndpoint.Port": "11211",
            "RedisEndpoint.Address": "{ref}.{an6}.0001.use1.cache.{suffix}",
            "RedisEndpoint.Port": "6379",
        },
    ),
    "Elasticsearch::Domain": _SEARCH,
    "OpenSearchService::Domain": _SEARCH,
    "OpenSearchServerless::Collection": of_id(
        "{an20}",
        "Id",
        Arn=arn("aoss", "collection/{ref}"),
        CollectionEndpoint="https://{ref}.{region}.aoss.{suffix}",
        DashboardEndpoint="https://{ref}.{region}.aoss.{suffix}/_dashboards",
    ),
    "RDS::DBCluster": Form(
        "{low}",
        "DBClusterIdentifier",
        {
            "DBClusterArn": arn("rds", "cluster:{ref}"),
            "DBClusterResourceId": "cluster-{az26}",
            "Endpoint.Address": "{ref}.cluster-{an12}.{region}.rds.{suffix}",
            "Endpoint.Port": "3306",
            "MasterUserSecret.SecretArn": arn("secretsmanager", "secret:rds!cluster-{uuid}-{mixed6}"),
            "ReadEndpoint.Address": "{ref}.cluster-ro-{an12}.{region}.rds.{suffix}",
        },
    ),
    "RDS::DBInstance": Form(
        "{low}",
        "DBInstanceIdentifier",
        {
            "DBInstanceArn": arn("rds", "db:{ref}"),
            "DBInstanceStatus": "available",
            "DbiResourceId": "db-{az26}",
            "Endpoint.Address": "{ref}.{an12}.{region}.rds.{suffix}",
            "Endpoint.HostedZoneId": "Z2R2ITUGPM61AM",
            "Endpoint.Port": "3306",
            "MasterUserSecret.SecretArn": arn("secretsmanager", "secret:rds!db-{uuid}-{mixed6}"),
        },
    ),
    "RDS::DBProxy": Form(
        "{name}",
        "DBProxyName",
        {
            "DBProxyArn": arn("rds", "db-proxy:prx-{hex17}"),
            "Endpoint": "{ref}.proxy-{an12}.{region}.rds.{suffix}",
            "VpcId": "vpc-{hex17}",
        },
    ),
    "RDS::DBSubnetGroup": Form("{low}", "DBSubnetGroupName"),
    "S3Express::DirectoryBucket": Form("{name}", "BucketName", {"Arn": arn("s3express", "bucket/{ref}")}),
}
