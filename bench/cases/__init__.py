"""The contestants of P1, each a process: BOOTSTRAP SOURCE TARGET COUNT plain|state."""
