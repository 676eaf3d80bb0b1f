"""Who will answer which question rightly? A multidimensional response model."""
