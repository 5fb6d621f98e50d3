"""What production does: every prediction logged, and what can be seen from the log. Needs the extra ``server``."""
