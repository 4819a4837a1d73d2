"""Development tools: the local stack, documentation generators, fitting of the demo."""
