"""A simulated shopper: has a goal and orders, talks as people do, and is judged by the business system's state."""
