"""Portals: what may be asked for, who may read products of others, and what a publication shows.

AWS: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-portals.html. A publication is a snapshot:
changes of a product or of the portal show when the portal is published again, as on AWS.
"""
