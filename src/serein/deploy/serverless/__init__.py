"""Projects of the Serverless Framework: `serverless.yml` read without Node.js, its variables followed.

`read_service` gives the whole configuration with every variable replaced; what the framework makes of it on AWS is
CloudFormation, and so it is here.
"""
