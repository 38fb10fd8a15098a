"""DynamoDB's operations, one file each."""
