"""What runs by itself: background jobs, what begins them, and the model that learns between two tasks.

Needs the extra ``server``.
"""
