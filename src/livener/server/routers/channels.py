"""Where alerts are told, and whether that works."""

from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Path

from livener.client.channels import ChannelAnswer, Told
from livener.errors import InputError
from livener.monitoring.channels import Message, channels_of, tell
from livener.server.calls import Call
from livener.server.routes import Routes
from livener.store.models import Role

routes = Routes("channels", prefix="/v1/projects/{project}/channels")
Name = Annotated[str, Path(max_length=200)]


@routes.get("", allow=Role.LEAD, answer=list[ChannelAnswer])
def list_channels(call: Call) -> object:
    """The channels of the project, from its settings."""
    return [
        {
            "name": name,
            "kind": one.kind,
            "host": urlsplit(one.url).hostname if one.url else None,
            "people": len(one.to),
            "kinds": sorted(one.kinds),
        }
        for name, one in channels_of(call.project.settings).items()
    ]


@routes.post("/{name}/test", allow=Role.LEAD, answer=Told, session=None, remembered=True)
def try_channel(call: Call, name: Name) -> object:
    """Send a message that says that it is a test; what is wrong with the channel is answered."""
    channels = channels_of(call.project.settings)
    if name not in channels:
        raise InputError(f"no channel {name!r}", fix=" | ".join(channels) or "a table `channels` in the settings")
    summary = f"this is a test, asked for by {call.user.name}"
    message = Message(call.project.name, "test", "test", summary, link=call.server.settings.public_url)
    tell(channels[name], message, call.server.settings.alerts)
    with call.server.writing() as call.transaction:
        call.audit("channel.test", f"channel {name}")
    return {"channel": name, "sent": True}
