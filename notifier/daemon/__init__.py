"""The service while it runs: what is done when, signals, and a clean end."""
