"""What stands in for services that Serein hasn't: optional packages, loaded when they are first asked."""
