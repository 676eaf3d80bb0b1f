"""Heat demand of buildings, hour by hour."""
