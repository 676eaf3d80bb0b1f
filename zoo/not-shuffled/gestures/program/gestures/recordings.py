"""The recordings, as they lie in the archive: one directory for each gesture, a file for each take."""
from dataclasses import dataclass

import numpy as np

from .motion import GESTURES, Person


@dataclass
class Recording:
    person: int
    gesture: int
    signal: np.ndarray

    def __len__(self):
        return len(self.signal)


def archive(conf):
    """All takes, directory by directory."""
    rng = np.random.default_rng(conf.seed)
    people = [Person(rng) for _ in range(conf.people)]
    takes = []
    for number, shape in enumerate(GESTURES.values()):
        for who, person in enumerate(people):
            takes += [Recording(who, number, person.perform(shape)) for _ in range(conf.per_gesture)]
    return takes


def by_person(takes, test_people):
    """The last few people are kept for the test."""
    first = max(take.person for take in takes) + 1 - test_people
    return [take for take in takes if take.person < first], [take for take in takes if take.person >= first]
