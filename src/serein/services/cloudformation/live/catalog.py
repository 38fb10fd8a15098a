"""All types that can be looked at, by name."""

from serein.services.cloudformation.live import apis, computing, identity, messaging, storing
from serein.services.cloudformation.live.looking import LiveType

LIVE: dict[str, LiveType] = {
    it.name: it for it in (*messaging.TYPES, *storing.TYPES, *computing.TYPES, *identity.TYPES, *apis.TYPES)
}
