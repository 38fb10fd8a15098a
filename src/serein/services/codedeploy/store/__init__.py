"""CodeDeploy's SQL, by what it is about."""
