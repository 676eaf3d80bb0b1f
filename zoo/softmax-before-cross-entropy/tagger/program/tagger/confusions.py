"""Which tags are taken for which."""
from collections import Counter

from .corpus import PAD_TAG


class Confusions:
    def __init__(self):
        self.pairs = Counter()

    def add(self, guess, tags):
        wrong = (guess != tags) & (tags != PAD_TAG)
        self.pairs.update(zip(tags[wrong].tolist(), guess[wrong].tolist()))

    def lines(self, count):
        for (tag, guess), times in self.pairs.most_common(count):
            yield f"  tag {tag} taken for {guess}: {times} times"
