"""Forms of AppSync, Cognito and CloudFront."""

from collections.abc import Mapping

from serein.services.cloudformation.inert_forms.form import AT, Form, arn, of_arn, of_id

APPSYNC: Mapping[str, Form] = {
    "ApiKey": Form(
        arn("appsync", "apis/{property:ApiId}/apikeys/da2-{an26}"),
        "",
        {"Arn": "{ref}", "ApiKey": "da2-{an26}", "ApiKeyId": "da2-{an26}"},
    ),
    "DataSource": of_arn(
        "appsync", "apis/{property:ApiId}/datasources/{name}", "Name", DataSourceArn="{ref}", Name="{name}"
    ),
    "FunctionConfiguration": of_arn(
        "appsync",
        "apis/{property:ApiId}/functions/{an26}",
        FunctionArn="{ref}",
        FunctionId="{an26}",
        DataSourceName="{property:DataSourceName}",
        Name="{property:Name}",
    ),
    "GraphQLApi": of_arn(
        "appsync",
        "apis/{an26}",
        ApiId="{an26}",
        Arn="{ref}",
        GraphQLDns="{an26}.appsync-api." + AT,
        GraphQLEndpointArn=arn("appsync", "endpoints/graphql-api/{an26}"),
        GraphQLUrl=f"https://{{an26}}.appsync-api.{AT}/graphql",
        RealtimeDns="{an26}.appsync-realtime-api." + AT,
        RealtimeUrl=f"wss://{{an26}}.appsync-realtime-api.{AT}/graphql",
    ),
    "GraphQLSchema": Form("{property:ApiId}GraphQLSchema", "", {"Id": "{ref}"}),
    "Resolver": of_arn(
        "appsync",
        "apis/{property:ApiId}/types/{property:TypeName}/resolvers/{property:FieldName}",
        FieldName="{property:FieldName}",
        ResolverArn="{ref}",
        TypeName="{property:TypeName}",
    ),
}

COGNITO: Mapping[str, Form] = {
    "IdentityPool": of_id("{region}:{uuid}", "Id", Name="{property:IdentityPoolName}"),
    "IdentityPoolRoleAttachment": of_id("{property:IdentityPoolId}", "Id"),
    "UserPool": of_id(
        "{region}_{mixed9}",
        "UserPoolId",
        Arn=arn("cognito-idp", "userpool/{ref}"),
        ProviderName=f"cognito-idp.{AT}/{{ref}}",
        ProviderURL=f"https://cognito-idp.{AT}/{{ref}}",
    ),
    "UserPoolClient": of_id("{an26}", "ClientId", ClientSecret="{an51}", Name="{name}"),
    "UserPoolDomain": Form("{name}", "Domain", {"CloudFrontDistribution": "d{an13}.cloudfront.net"}),
    "UserPoolGroup": Form("{name}", "GroupName"),
    "UserPoolIdentityProvider": Form("{name}", "ProviderName"),
    "UserPoolResourceServer": Form("{name}", "Identifier"),
    "UserPoolUser": Form("{name}", "Username"),
}

CLOUDFRONT: Mapping[str, Form] = {
    "CachePolicy": of_id("{uuid}", "Id"),
    "CloudFrontOriginAccessIdentity": of_id("E{az13}", "Id", S3CanonicalUserId="{hex64}"),
    "Distribution": of_id("E{az13}", "Id", DomainName="d{an13}.cloudfront.net"),
    "Function": Form(
        arn("cloudfront", "function/{name}", is_global=True),
        "Name",
        {"FunctionARN": "{ref}", "FunctionMetadata.FunctionARN": "{ref}", "Stage": "LIVE"},
    ),
    "KeyGroup": of_id("{uuid}", "Id"),
    "OriginAccessControl": of_id("E{az13}", "Id"),
    "OriginRequestPolicy": of_id("{uuid}", "Id"),
    "PublicKey": of_id("K{az13}", "Id"),
    "ResponseHeadersPolicy": of_id("{uuid}", "Id"),
}
