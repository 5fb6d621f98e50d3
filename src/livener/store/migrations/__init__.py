"""The schema of the store, step by step; each step says how to go back."""
