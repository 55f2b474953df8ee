"""Small programs that tests start as processes, so that they can be killed."""
