"""Training and test loaders."""
from torch.utils.data import DataLoader

from . import augment, recordings
from .batching import SimilarLengths, Takes, pad
from .centroid import NearestCentroid
from .normalise import AxisScaler


def build(conf):
    train, test = recordings.by_person(recordings.archive(conf), conf.test_people)
    print(f"nearest centroid: test accuracy {NearestCentroid().fit(train).accuracy(test):.3f}")
    scaler = AxisScaler(train)
    train_takes, test_takes = Takes(train, scaler, augment.build(conf)), Takes(test, scaler)
    batches = SimilarLengths(train_takes.lengths(), conf.batch_size, conf.window, conf.seed)
    return (DataLoader(train_takes, batch_sampler=batches, collate_fn=pad),
            DataLoader(test_takes, batch_size=200, collate_fn=pad))
