"""What is wrong with a project, found without a server: cfn-lint's rules, and what Serein knows of itself."""
