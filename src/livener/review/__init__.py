"""The review: tasks and their life, the queue, what people say, and how disagreement ends."""
