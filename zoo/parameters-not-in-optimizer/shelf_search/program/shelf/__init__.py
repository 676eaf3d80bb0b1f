"""Search for items on a shelf: two towers over words, trained with the other items of the batch as negatives."""

__version__ = "0.3.1"
