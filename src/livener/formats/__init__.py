"""Interchange formats: one file per format, one registry, and a report of what was repaired or left out."""

from livener.formats.registry import Format, names, read, recognised, write
from livener.formats.report import Note, Report
from livener.formats.source import Source

__all__ = ["Format", "Note", "Report", "Source", "names", "read", "recognised", "write"]
