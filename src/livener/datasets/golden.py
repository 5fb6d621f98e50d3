"""The golden set: held-out documents that no training, selection or augmentation ever reads.

Only what judges a model may import this module; a contract of import-linter (``pyproject.toml``) names those that do.
Needs the extra ``server``.
"""

from typing import ClassVar

from livener.datasets.versions import DatasetVersions


class GoldenSets(DatasetVersions):
    """The versions of a project's golden set. `DatasetVersions` knows none of them, and this none of the others.

    A text that has been in one stays apart for ever, also where a later version is without it.
    """

    _golden: ClassVar[bool] = True
