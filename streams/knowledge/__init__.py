"""Knowledge from outside: folders, files and tables, read on a schedule; what differs goes to the knowledge topic."""
