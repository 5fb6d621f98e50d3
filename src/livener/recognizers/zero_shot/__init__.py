"""Labels that nobody annotated yet, by a GLiNER checkpoint."""

from livener.recognizers.zero_shot.engine import ZeroShot, ZeroShotSettings

__all__ = ["ZeroShot", "ZeroShotSettings"]
