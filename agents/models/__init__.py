"""Models: which one answers a question, with which options, in which arm of a release."""
