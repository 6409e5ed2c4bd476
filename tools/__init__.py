"""Scripts that make things: all models, the judges, README's images, a browser for tests and measurements."""
