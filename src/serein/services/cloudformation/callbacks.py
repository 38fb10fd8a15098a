"""The paths of the URLs that CloudFormation gives to custom resources and wait conditions."""

RESPONSE_PATH = "/_aws/cloudformation/response/"
SIGNAL_PATH = "/_aws/cloudformation/signal/"
