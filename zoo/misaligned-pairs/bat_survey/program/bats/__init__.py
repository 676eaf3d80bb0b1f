"""Species of bats from short calls recorded at night."""

SPECIES = ("noctule", "serotine", "pipistrelle", "long-eared", "daubenton", "barbastelle", "horseshoe")
