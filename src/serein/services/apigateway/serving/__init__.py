"""What answers requests to REST APIs: from routing to integrations, each step a module that `door.py` puts in order."""
