"""The engines that turn sentences into spans: one protocol, one registry, one module for each engine."""
