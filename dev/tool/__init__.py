"""The developer tool: brings up a local bench and runs the app on it (see dev/README.md)."""
