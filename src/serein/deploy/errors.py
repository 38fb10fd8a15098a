"""What can go wrong between a project folder and a deployed stack; messages are for the person who deploys."""


class DeployFailed(Exception):
    """The application could not be deployed; the message says why and what to do."""


class TemplateInvalid(DeployFailed):
    """There is no template, or it can't be read."""


class BuildFailed(DeployFailed):
    """A function or a layer could not be built; the message holds the tool's own output."""


class StackFailed(DeployFailed):
    """CloudFormation refused or rolled back; the message names the resources that failed."""
