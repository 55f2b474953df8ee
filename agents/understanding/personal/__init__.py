"""Recognisers of personal data: functions from a readable text to spans, in order, not overlapping.

A readable text (``readable.py``) has the length of the original. What is claimed already, and placeholders of an
earlier masking, stand in it as walls (NUL): no rule looks across one. Work is bounded at each position, so time is
linear.
"""
