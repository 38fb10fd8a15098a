"""CDK projects: the app is run, and the cloud assembly that it writes is deployed.

The assembly's format is public (https://docs.aws.amazon.com/cdk/v2/guide/deploy.html, package
`aws-cdk-lib/cloud-assembly-schema`). The app is run as the CDK's own command line runs it, without that command
line: an app in Python needs no more than the CDK's library itself does.
"""
