"""Kinds of heartbeat from short recordings: ``python main.py [run.json]``."""
import sys

import torch

from pulse import config, data, losses, model, optim, summary
from pulse.callbacks import KeepBest, Progress, SanityCheck
from pulse.evaluate import Evaluator
from pulse.trainer import Trainer


def main(path="run.json"):
    cfg = config.load(path)
    torch.manual_seed(cfg.seed)
    train_loader, test_loader = data.loaders(cfg.data, cfg.seed)
    net = model.build(cfg.model, data.KINDS)
    print(summary.text(net))
    criterion = losses.BalancedCrossEntropy(data.class_counts(train_loader))
    optimizer = optim.build_optimizer(net, cfg.optim)
    scheduler = optim.build_scheduler(optimizer, cfg.optim, cfg.epochs)
    evaluator = Evaluator(net, criterion, test_loader)
    best = KeepBest()
    trainer = Trainer(net, criterion, optimizer, scheduler, train_loader, evaluator,
                      callbacks=[SanityCheck(cfg.sanity_batches), Progress(), best])
    trainer.fit(cfg.epochs)
    best.restore(net)
    report = evaluator.evaluate()
    print(f"best epoch {best.epoch}: accuracy {report.accuracy:.3f}")
    print(report.table(data.KIND_NAMES))


if __name__ == "__main__":
    main(*sys.argv[1:])
