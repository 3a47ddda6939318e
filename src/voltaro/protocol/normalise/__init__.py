"""What can be repaired in a wrong message: tables and small pure functions (design: tolerance)."""
