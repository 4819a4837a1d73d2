"""Development tools: the local stack, generators of documentation, fitting of the demo."""
