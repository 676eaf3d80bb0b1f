"""How much water passes a weir in the next hours, from the sensors of the station."""
