"""livener inside other libraries: one module for each, named after it, which needs that library."""
