"""All of CloudFormation's SQL."""
