"""What the browser shows, and what the server answers."""
