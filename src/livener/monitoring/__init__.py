"""What production does: every prediction logged, and what has moved in it; the log needs the extra ``server``."""
