"""A client of a livener server, and what the server answers. Needs the extra ``client``."""

from livener.client.client import Client, ProjectClient, Refused

__all__ = ["Client", "ProjectClient", "Refused"]
