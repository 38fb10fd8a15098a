"""All types that can be looked at, by name."""

from serein.services.cloudformation.live import apis, computing, identity, messaging, storing, workflows
from serein.services.cloudformation.live.looking import LiveType

LIVE: dict[str, LiveType] = {
    it.name: it for part in (messaging, storing, computing, identity, apis, workflows) for it in part.TYPES
}
