"""Tag schemes, and inference over linear chains of tags."""
